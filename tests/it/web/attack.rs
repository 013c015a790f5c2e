//! Attacks, each from its beginning to what it comes to: guessing, stolen and planted cookies, addresses that lead away,
//! requests that are not what they seem, and secrets that somebody looks for where they must not be.

mod forms;
mod guessing;
mod logged;
mod redirects;
mod requests;
mod secrets;
mod sessions;
