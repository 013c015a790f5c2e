//! The pages, area by area as in `src/web`.

mod accounts;
mod new_account;
