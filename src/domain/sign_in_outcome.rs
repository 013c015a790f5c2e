//! Outcomes of attempts to sign in, for monitoring.

use super::string_enum::string_enum;

string_enum! {
    /// Outcome of an attempt to sign in or to confirm an identity.
    pub enum SignInOutcome {
        /// The person signed in.
        SignedIn = "signed_in";
        /// The password, code, passkey or answer of the provider was wrong.
        Refused = "refused";
        /// There were too many failures before. Nothing was checked.
        Throttled = "throttled";
        /// Too many passwords were being checked.
        Busy = "busy";
    }
}
