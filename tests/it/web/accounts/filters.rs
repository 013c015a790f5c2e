//! Filtering the list: each filter, all of them together, the form that chooses them, the column of balances.
