//! Realistic input of browsers, proxies and people.
//! Examples are headers with foreign parts, numbers, pasted lines, codes and addresses as typed.

mod addresses;
mod codes;
mod cookies;
mod numbers;
mod proxies;
