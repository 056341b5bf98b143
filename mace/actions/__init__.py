"""Actions: the register, one action's page, the carry ledger, what they wait on."""
