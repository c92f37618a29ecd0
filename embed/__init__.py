"""Text and image encoders behind one small protocol, and the images they read. Torch is imported when one is used."""
