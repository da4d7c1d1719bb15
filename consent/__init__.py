"""Notice, consent record, ledger and its verification. No SQL, no Qt."""
