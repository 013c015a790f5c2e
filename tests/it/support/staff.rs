//! Staff of the portal under test, and browsers in which they are signed in.

use std::sync::OnceLock;

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use reseller_portal::db::{sessions, staff};
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::role::Role;
use reseller_portal::web::session::SessionData;
use serde_json::json;
use sha2::{Digest, Sha256};
use tower_sessions::session::Id;
use uuid::Uuid;

use super::{Browser, Portal, secrets};

/// Password of all staff in tests.
pub const PASSWORD: &str = "correct horse battery staple";

impl Portal {
    /// Adds a staff member with this role and [`PASSWORD`].
    /// The email address is `<role>@example.com`, with a number if that is taken.
    pub async fn staff(&self, role: Role) -> Actor {
        secrets::hide(PASSWORD);
        let now = self.clock.now();
        let id = StaffId::new(now);
        let name = format!("Test {}", role.label());
        let mut tx = self.db.begin().await.unwrap();
        let mut number = 1;
        let email = loop {
            let email = match number {
                1 => format!("{}@example.com", role.as_str()),
                _ => format!("{}{number}@example.com", role.as_str()),
            };
            if staff::insert(&mut tx, id, &email.parse().unwrap(), &name, role, now)
                .await
                .unwrap()
            {
                break email;
            }
            number += 1;
        };
        staff::set_password(&mut tx, id, password_hash(), now)
            .await
            .unwrap();
        tx.commit().await.unwrap();
        Actor {
            staff_id: id,
            email,
            name,
            role,
            address: None,
            request_id: None,
            job: None,
        }
    }

    /// Returns a browser in which a new staff member with this role is signed in.
    pub async fn signed_in(&self, role: Role) -> Browser {
        let actor = self.staff(role).await;
        self.signed_in_as(&actor).await
    }

    /// Returns a browser in which this person is signed in.
    /// The session is written to the database directly, because `/login` has its own tests.
    pub async fn signed_in_as(&self, actor: &Actor) -> Browser {
        let now = self.clock.now();
        let mut bytes = [0; 16];
        bytes.copy_from_slice(Uuid::new_v4().as_bytes());
        let id = Id(i128::from_le_bytes(bytes));
        let public_id = Uuid::new_v4();
        let signed_in = SessionData {
            staff_id: actor.staff_id,
            public_id,
            address: Some("127.0.0.1".to_owned()),
            user_agent: Some("Tests".to_owned()),
            at: now,
            seen: now,
            second_factor: true,
            several_at_provider: false,
            proved_at: None,
        };
        let session = sessions::Session {
            id_hash: Sha256::digest(id.0.to_le_bytes()).to_vec(),
            staff_id: actor.staff_id,
            public_id,
            data: serde_json::to_vec(&json!({ "signed_in": signed_in })).unwrap(),
            address: signed_in.address.clone(),
            user_agent: signed_in.user_agent.clone(),
            created_at: now,
            seen_at: now,
            expires_at: (now + self.settings.session_idle)
                .min(now + self.settings.session_absolute),
        };
        sessions::create(&self.db, &session).await.unwrap();
        let browser = self.browser();
        let name = if self.settings.is_https() {
            "__Host-portal"
        } else {
            "portal"
        };
        browser.set_cookie(name, &id.to_string());
        browser
    }
}

/// Returns a cheap hash of [`PASSWORD`], created once.
pub fn password_hash() -> &'static str {
    static HASH: OnceLock<String> = OnceLock::new();
    HASH.get_or_init(|| {
        let cheap = Params::new(8, 1, 1, None).unwrap();
        let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, cheap);
        argon2
            .hash_password(PASSWORD.as_bytes())
            .unwrap()
            .to_string()
    })
}
