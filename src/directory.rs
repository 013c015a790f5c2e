//! The directory of accounts: kept by sweeps, read by pages.
