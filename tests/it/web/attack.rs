//! Attacks, each from its start to its result.
//! They are guesses, stolen and planted cookies, redirects to other sites, requests in disguise,
//! and searches for secrets in the wrong places.

mod forms;
mod guessing;
mod logged;
mod redirects;
mod requests;
mod secrets;
mod sessions;
