"""HTTP for every feature; knows no feature."""
