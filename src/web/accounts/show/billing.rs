//! Card with money and pricing. Accounts with rollup billing have no balance of their own. The
//! diagnosis of the calls has the available credit.

use crate::db::accounts::Account;
use crate::domain::account::AccountStatus;
use crate::domain::role::Permission;
use crate::web::access::Viewer;
use crate::web::format::FormattedTime;

pub(super) struct BillingCard {
    /// Rollup billing in words.
    pub rollup: &'static str,
    /// True if the account uses our balance, so that it has none to show.
    pub shared: bool,
    /// Amounts from Telnyx; `None` if it gave none.
    pub amounts: Option<Amounts>,
    /// Pricing in words.
    pub pricing: &'static str,
    /// Source of the pricing, before its age.
    pub pricing_source: &'static str,
    /// Time of the pricing's reading.
    pub pricing_at: Option<FormattedTime>,
    /// Label of the link that changes it; empty if there is none.
    pub change_label: &'static str,
}

/// Amounts from Telnyx, with their currency.
pub(super) struct Amounts {
    pub balance: String,
    pub credit_limit: String,
    pub at: FormattedTime,
}

impl BillingCard {
    /// Builds the cards. `open` is true if a change is in progress.
    pub fn new(account: &Account, viewer: &Viewer, open: bool) -> Self {
        let custom = account.custom_pricing;
        let there = account.gone_at.is_none() && account.status.value != AccountStatus::Cancelled;
        Self {
            rollup: match account.rollup_billing {
                Some(true) => "Yes: it uses our shared balance",
                Some(false) => "No: it has its own balance",
                None => "Telnyx did not report it",
            },
            shared: account.rollup_billing == Some(true),
            amounts: amounts(account, viewer),
            pricing: match custom.map(|fact| fact.value) {
                Some(true) => "Custom pricing: none of our rates",
                Some(false) => "Our rates",
                None => "not known",
            },
            pricing_source: custom.map(|fact| fact.source.label()).unwrap_or_default(),
            pricing_at: custom.map(|fact| viewer.times().format(fact.observed_at)),
            change_label: match custom.map(|fact| fact.value) {
                _ if open || !there || !viewer.can(Permission::ChangePricing) => "",
                Some(true) => "Go back to our rates",
                Some(false) => "Use custom pricing",
                None => "Change pricing",
            },
        }
    }
}

fn amounts(account: &Account, viewer: &Viewer) -> Option<Amounts> {
    let (balance, at) = account.balance.as_ref()?;
    let said = |amount: Option<_>| {
        amount.map_or_else(
            || "not known".to_owned(),
            |amount| balance.money(amount).to_text(),
        )
    };
    Some(Amounts {
        balance: said(balance.balance),
        credit_limit: said(balance.credit_limit),
        at: viewer.times().format(*at),
    })
}
