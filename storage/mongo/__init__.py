"""The store on MongoDB: one collection a kind, transactions, a lease for the leader."""
