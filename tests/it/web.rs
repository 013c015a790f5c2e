//! Pages, through the router with all its layers.

mod access;
mod accounts;
mod activity;
mod attack;
mod bars;
mod change;
mod channels;
mod dashboard;
mod factors;
mod frame;
mod hostile;
mod input;
mod interrupted;
mod listing;
mod mail;
mod new_account;
mod org_users;
mod profile;
mod setup;
mod sign_in;
mod slow;
mod sso;
mod staff;
mod throttle;
mod unavailable;
mod words;
