"""Image files: whether they can be used, how large they are, and which are the same."""

from kg.pictures.checking import PictureReport, check_pictures, have_changed, quarantine
from kg.pictures.inspection import INSPECTED, inspect
from kg.pictures.ledger import FOLDER, Ledger

__all__ = ["FOLDER", "INSPECTED", "Ledger", "PictureReport", "check_pictures", "have_changed", "inspect", "quarantine"]
