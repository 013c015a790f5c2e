//! Reasons why single sign-on failed, and the texts that people read about them.

use crate::domain::string_enum::string_enum;

string_enum! {
    /// Reason why single sign-on failed. The texts reveal to no one which staff member has which
    /// email.
    pub enum SsoFailure {
        /// The provider is not available right now.
        Unavailable = "unavailable";
        /// The provider and the portal do not fit together until someone changes their settings.
        Misconfigured = "setup";
        /// The person turned back at the provider.
        Cancelled = "turned_back";
        /// The response is forged, used, expired or someone else's.
        InvalidResponse = "worthless";
        /// The provider says that the person's email is not verified.
        Unverified = "unverified";
        /// The provider does not tell if the person's email is verified.
        VerificationUnknown = "unsaid";
        /// The provider does not send the person's email.
        NoEmail = "no_email";
        /// The person is not on the staff, or is disabled.
        Unknown = "unknown";
        /// The owner of this email address has signed in with another identity before.
        AnotherSubject = "another_subject";
        /// In a step-up: the identity belongs to someone other than the person who is signed in.
        AnotherPerson = "another_person";
        /// In a step-up: the provider did not ask the person to sign in again.
        NotReauthenticated = "not_anew";
    }
}

impl SsoFailure {
    /// Describes the failure in one or two sentences, with what to do about it.
    #[must_use]
    pub fn message(self, provider: &str) -> String {
        match self {
            Self::Unavailable => {
                format!("{provider} does not answer correctly at the moment. Try again later.")
            }
            Self::Misconfigured => format!(
                "{provider} and this portal are not configured to work together. Trying again \
                 does not help. Tell the operator of this portal: its log has the details."
            ),
            Self::Cancelled => format!(
                "You cancelled at {provider}, or it does not let you use this portal. An \
                 administrator of {provider} can give you access."
            ),
            Self::InvalidResponse => format!(
                "The answer of {provider} is invalid. Start again. If this happens again, tell \
                 the operator of this portal."
            ),
            Self::Unverified => format!(
                "{provider} says that your email is not verified. Verify it there, or ask an administrator of {provider} \
                 to mark it as verified. Then sign in again."
            ),
            Self::VerificationUnknown => format!(
                "{provider} does not say whether your email is verified. If all emails at {provider} are your \
                 organization's own, the operator of this portal can set PORTAL_SSO_TRUST_EMAIL=true. Otherwise an \
                 administrator of {provider} can add the claim email_verified for this portal."
            ),
            Self::NoEmail => format!(
                "{provider} does not send your email to this portal. An administrator of {provider} can add it to your \
                 account there, and add the claim email for this portal."
            ),
            Self::Unknown => format!(
                "Your account at {provider} has no access here. Ask an admin of this portal to \
                 invite its email."
            ),
            Self::AnotherSubject => format!(
                "Your account at {provider} is not the one that signed in here with this email address before. Ask an \
                 admin of this portal to unlink that one."
            ),
            Self::AnotherPerson => format!(
                "Your account at {provider} is not the one that belongs to you here. Choose the other one there."
            ),
            Self::NotReauthenticated => {
                format!(
                    "{provider} did not ask you to sign in again. Use another way, or sign out \
                     and in again."
                )
            }
        }
    }
}
