"""Knowledge graph of dermatology's image–text pairs. Nothing below this package imports torch."""
