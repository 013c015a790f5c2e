//! Origin of a request, for audit events about people who are not signed in.

use std::net::IpAddr;

use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventActor, EventKind, EventOutcome};
use crate::domain::ids::StaffId;

/// Origin of a client's request.
#[derive(Clone, Debug, Default)]
pub struct ClientOrigin {
    /// IP address of the client.
    pub address: Option<IpAddr>,
    /// ID that the portal gave the request.
    pub request_id: Option<String>,
    /// User agent that the browser reported; `None` if it is not known.
    pub user_agent: Option<String>,
}

impl ClientOrigin {
    /// Returns the origin of a signed-in person's request.
    #[must_use]
    pub fn of(actor: &Actor) -> Self {
        Self {
            address: actor.address,
            request_id: actor.request_id.clone(),
            user_agent: None,
        }
    }

    /// Returns an event that this person caused, about themselves.
    pub(super) fn event(
        &self,
        kind: EventKind,
        staff_id: StaffId,
        name: &str,
        email: &str,
    ) -> Event {
        Event {
            who: Some(EventActor {
                staff_id,
                name: name.to_owned(),
                email: email.to_owned(),
            }),
            ..self.event_by_nobody(kind, EventOutcome::Done, email)
        }
    }

    /// Returns an event for a failed sign-in with this email address, as typed.
    pub(super) fn failure(&self, email: &str, message: &str) -> Event {
        let shown: String = email
            .trim()
            .chars()
            .filter(|c| !c.is_control())
            .take(254)
            .collect();
        Event {
            message: message.to_owned(),
            ..self.event_by_nobody(EventKind::SignInFailed, EventOutcome::Refused, shown)
        }
    }

    pub(super) fn event_by_nobody(
        &self,
        kind: EventKind,
        outcome: EventOutcome,
        target: impl Into<String>,
    ) -> Event {
        Event {
            address: self.address.map(|address| address.to_string()),
            request_id: self.request_id.clone(),
            ..Event::by_system(kind, outcome, target)
        }
    }
}
