//! The database's aggregates, on whichever database the tests run.

mod accounts;
mod audit;
