//! What browsers, proxies and people really send: headers with someone else's part in them, numbers and pasted lines,
//! codes and addresses as they are typed.

mod addresses;
mod codes;
mod cookies;
mod numbers;
mod proxies;
