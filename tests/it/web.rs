//! Pages, through the router with all its layers.

mod access;
mod accounts;
mod activity;
mod annotations;
mod attack;
mod banners;
mod change;
mod channels;
mod dashboard;
mod factors;
mod hostile;
mod input;
mod interrupted;
mod layout;
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
