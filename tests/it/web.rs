//! The pages, through the router with all its layers.

mod accounts;
mod change;
mod channels;
mod dashboard;
mod frame;
mod interrupted;
mod new_account;
mod sign_in;
