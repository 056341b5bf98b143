"""Speed against its floor. ``make bench`` runs it; ``python -m benchmarks --help`` says what else it can do."""
