//! The pages, area by area as in `src/web`.

mod new_account;
