//! Explanations of terms, shown in place by the macro `help`. All texts are here.
//!
//! The facts come from Telnyx's API reference and help center. A page that is public is linked.

/// Explanation of a term in two to four sentences.
#[derive(Clone, Copy, Debug)]
pub struct Help {
    /// Term, as it ends "What is this: …?".
    pub term: &'static str,
    pub text: &'static [&'static str],
    /// Public page that the facts come from; empty if there is none.
    pub source: &'static str,
}

const HELP_CENTER: &str = "https://support.telnyx.com/en/articles/4951492-managed-accounts";
const CREATE_REFERENCE: &str =
    "https://developers.telnyx.com/api-reference/managed-accounts/create-a-new-managed-account";
const ENABLE_REFERENCE: &str =
    "https://developers.telnyx.com/api-reference/managed-accounts/enables-a-managed-account";
const LIMIT_REFERENCE: &str = "https://developers.telnyx.com/api-reference/managed-accounts/\
                               update-the-amount-of-allocatable-global-outbound-channels-allocated-\
                               to-a-specific-managed-account";

pub static CUSTOM_PRICING: Help = Help {
    term: "custom pricing",
    text: &[
        "Without custom pricing, an account uses our rates.",
        "With it, the account inherits none of our rates and can have its own. Ask Telnyx to set \
         them after you switch it on.",
        "You can switch it on and off later. There may be a delay until the prices change; Telnyx \
         does not say how long.",
    ],
    source: HELP_CENTER,
};

pub static ROLLUP_BILLING: Help = Help {
    term: "rollup billing",
    text: &[
        "With rollup billing, charges go to our account. The account has no balance of its own and \
         uses our shared balance.",
        "Without it, the account has its own balance, payment methods and invoices.",
        "The API cannot change this after the account is created. Only Telnyx support can.",
    ],
    source: CREATE_REFERENCE,
};

pub static CHANNEL_LIMIT: Help = Help {
    term: "channel limit",
    text: &[
        "The limit is how many outbound calls the account can make at the same time.",
        "The channels of all accounts come from one pool that Telnyx gives us.",
        "With a limit of 0, the account cannot make outbound calls.",
    ],
    source: LIMIT_REFERENCE,
};

pub static UNKNOWN_LIMIT: Help = Help {
    term: "limits that are not known",
    text: &[
        "Telnyx reports the limit of an account only when it is set. It cannot be read later.",
        "The portal knows limits that were set here, and limits that someone recorded after seeing \
         them in Mission Control.",
        "Telnyx also reports how many channels are allocated in total. The difference belongs to \
         accounts whose limit was set elsewhere, or by default when they were created.",
    ],
    source: "",
};

pub static CONNECTIONS: Help = Help {
    term: "switching connections on again",
    text: &[
        "When Telnyx enables an account, it can switch all connections of the account on again.",
        "“Yes” switches on every connection, also those that were off before. Connections that \
         fail Telnyx’s checks stay off, and Telnyx does not say which.",
        "“No” changes no connection. Calls may fail until someone switches them on in Mission \
         Control.",
    ],
    source: ENABLE_REFERENCE,
};

pub static CALL_CHECK: Help = Help {
    term: "what is checked",
    text: &[
        "The portal checks the status, the channel limit and the available credit of the account.",
        "The portal does not see connections, numbers, outbound profiles or channels in use.",
    ],
    source: "",
};
