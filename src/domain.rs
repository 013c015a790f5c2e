//! Types and rules without I/O, for example for accounts, statuses, channel limits and roles.

pub mod account;
pub mod account_filter;
pub mod actor;
pub mod audit;
pub mod call_diagnosis;
pub mod channels;
pub mod code;
pub mod density;
pub mod email;
pub mod fact;
pub mod ids;
pub mod job;
pub mod money;
pub mod new_account;
pub mod number;
pub mod operation;
pub mod org_user;
pub mod proxy;
pub mod role;
pub mod staff;
pub mod string_enum;
pub mod text;
pub mod time;
pub mod time_zone;
pub mod welcome_email;
pub mod yes_no;
