//! A portal on a fixed day, with data of every kind and of every role.
//! It is the same on every run.

use std::time::Duration;

use axum::http::Method;
use reseller_portal::bulk::{self, NewJob};
use reseller_portal::db::operations;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::ids::JobId;
use reseller_portal::domain::job::JobAction;
use reseller_portal::domain::operation::{Reason, ReasonCode};
use reseller_portal::domain::role::Role;
use reseller_portal::domain::time::Timestamp;
use serde_json::{Value, json};

use super::names::Names;
use crate::support::{AuthenticatorApp, Browser, Builder, Passkey, Portal, Response};

/// 2026-03-02T09:30:00Z, a Monday.
const DAY: Timestamp = Timestamp::from_millis(1_772_443_800_000);

/// Value of a placeholder in an address if nothing better is known.
const MADE_UP: &str = "01980000-0000-7000-8000-000000000000";

/// The portal, its people, and what exists at its addresses.
pub struct World {
    pub portal: Portal,
    pub people: Vec<(Role, Actor, Browser)>,
    pub names: Names,
    /// IDs of the six accounts: enabled, disabled, blocked, cancelled and two more enabled ones.
    pub accounts: Vec<String>,
    /// Placeholders of addresses, such as `/tags/{id}`, and the IDs that replace them.
    places: Vec<(&'static str, String)>,
}

/// Returns a builder for a portal on that day.
pub fn builder() -> Builder {
    Portal::build().at(DAY).accounts(6).settings(|settings| {
        // Passkeys need a host name. A slow machine must not make Telnyx appear slow.
        settings.public_url = "http://localhost:8080".parse().unwrap();
        settings.page_time_budget = Duration::from_secs(20);
    })
}

impl World {
    /// Returns a world with an account of each status, in which people have done nothing.
    pub async fn quiet() -> Self {
        let portal = builder().start().await;
        let mut world = Self {
            portal,
            people: Vec::new(),
            names: Names::default(),
            accounts: Vec::new(),
            places: Vec::new(),
        };
        world.name_accounts().await;
        for (account, status) in
            world
                .accounts
                .iter()
                .skip(1)
                .zip(["disabled", "blocked", "cancelled"])
        {
            world
                .portal
                .sandbox
                .change_elsewhere(account, json!({ "status": status }))
                .await;
        }
        world.portal.sweep().await;
        for role in Role::ALL {
            world.pause();
            let actor = world.portal.staff(role).await;
            world.names.know(&actor.staff_id.to_string(), role.as_str());
            let browser = world.portal.signed_in_as(&actor).await;
            world.people.push((role, actor, browser));
        }
        world
    }

    /// Returns a world in which people have done a bit of everything.
    pub async fn busy() -> Self {
        let mut world = Self::quiet().await;
        world.annotate().await;
        world.change().await;
        world.create().await;
        world.add_factors().await;
        world.invite().await;
        world.preview_job().await;
        world.import().await;
        world.review().await;
        // Load everything that pages ask Telnyx for, and let everyone see the news.
        // The order of later visits then does not matter.
        for path in [
            "/org-users".to_owned(),
            format!("/accounts/{}", world.accounts[0]),
        ] {
            for (.., browser) in &world.people {
                browser.get(&path).await.expect(200);
            }
        }
        world
    }

    /// Returns the owner's browser.
    pub fn owner(&self) -> &Browser {
        &self.people[0].2
    }

    /// Returns the browser of a person with this role.
    pub fn browser(&self, role: Role) -> &Browser {
        let found = self.people.iter().find(|(other, ..)| *other == role);
        &found.unwrap_or_else(|| panic!("nobody is {role:?}")).2
    }

    /// Advances the clock by a second, so that later events have later times.
    pub fn pause(&self) {
        self.portal.advance(Duration::from_secs(1));
    }

    /// Returns an address of a route with existing IDs, if there are any.
    /// `{account 2}` is the second account.
    pub fn address(&self, path: &str) -> String {
        let mut address = path.to_owned();
        for (place, id) in &self.places {
            let (before, _) = place.split_once('{').unwrap_or((place, ""));
            address = address.replace(place, &format!("{before}{id}"));
        }
        for (at, id) in self.accounts.iter().enumerate() {
            address = address.replace(&format!("{{account {}}}", at + 1), id);
        }
        while let Some(at) = address.find('{') {
            let end = address[at..]
                .find('}')
                .map_or(address.len(), |end| at + end + 1);
            address.replace_range(at..end, MADE_UP);
        }
        address
    }

    /// Waits until no background task runs.
    pub async fn settled(&self) {
        while !self.portal.tasks.is_empty() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    async fn name_accounts(&mut self) {
        let state = self.portal.sandbox.state().await;
        self.names
            .know(state["manager"]["id"].as_str().unwrap(), "manager account");
        for (at, account) in state["accounts"].as_array().unwrap().iter().enumerate() {
            let id = account["id"].as_str().unwrap();
            self.names.know(id, &format!("account {}", at + 1));
            self.accounts.push(id.to_owned());
        }
        for (at, user) in state["users"].as_array().unwrap().iter().enumerate() {
            self.names
                .know(user["id"].as_str().unwrap(), &format!("user {}", at + 1));
        }
        if let Some(account) = self.accounts.first() {
            self.places.push(("/accounts/{id}", account.clone()));
            self.places.push(("/channels/{id}", account.clone()));
        }
        let user = state["users"][1]["id"].as_str().unwrap().to_owned();
        self.places.push(("/org-users/{id}", user));
    }
}

/// Actions of the people.
impl World {
    /// Adds tags, notes, a display name and a saved view.
    async fn annotate(&mut self) {
        let path = format!("/accounts/{}", self.accounts[0]);
        for tag in ["Key account", "Pays late"] {
            self.send(Role::Manager, &format!("{path}/tags"), &[("tag", tag)])
                .await;
        }
        for (role, note) in [
            (Role::Manager, "Pays late.\nAsk <Ann>."),
            (Role::Owner, "New contract in May."),
        ] {
            let page = self.browser(role).get(&path).await.expect(200);
            self.submit(role, &page, "#notes-new", &[("note", note)])
                .await;
        }
        let page = self.owner().get(&format!("{path}/notes")).await.expect(200);
        let pin = page.attr_of("form[action$='/pin']", "action").unwrap();
        self.send(Role::Owner, &pin, &[("pinned", "true")]).await;
        let page = self
            .owner()
            .get(&format!("/accounts/{}/display-name", self.accounts[4]))
            .await;
        self.submit(
            Role::Owner,
            &page,
            "form.confirm",
            &[("display_name", "Zoë’s <b>Bakery</b>")],
        )
        .await;
        let page = self.owner().get("/accounts/views?status=disabled").await;
        self.submit(
            Role::Owner,
            &page,
            "form[action='/accounts/views/save']",
            &[("name", "Switched off")],
        )
        .await;

        let page = self.owner().get(&path).await.expect(200);
        let tag = page.attr_of("form[action$='/remove']", "action").unwrap();
        self.place("{tag}", "tag", tag.split('/').nth(4));
        self.place("/tags/{id}", "tag", tag.split('/').nth(4));
        self.place("{note}", "note", pin.split('/').nth(4));
        let page = self.owner().get("/accounts/views").await.expect(200);
        let view = page.attr_of(".views a[data-dialog]", "href").unwrap();
        self.place("/accounts/views/{id}", "view", view.split('/').nth(3));
    }

    /// Sets a limit and disables an account.
    async fn change(&mut self) {
        let limit = |account: &str| format!("/accounts/{account}/channel-limit");
        self.send(
            Role::Manager,
            &limit(&self.accounts[0]),
            &[("channel_limit", "17")],
        )
        .await;
        let id = self.accounts[0].parse().unwrap();
        let done = operations::of_account(&self.portal.db, &id, 1)
            .await
            .unwrap();
        self.place("/operations/{id}", "limit", Some(&done[0].id.to_string()));
        self.send(
            Role::Manager,
            &format!("/accounts/{}/disable", self.accounts[5]),
            &[("reason_code", "fraud"), ("reason", "Calls at night.")],
        )
        .await;
    }

    /// Creates an account.
    async fn create(&mut self) {
        let form = self.owner().get("/accounts/new").await.expect(200);
        let typed = [
            ("organization_name", "Quillwörth Ltd"),
            ("email", "voice@quillworth.example"),
            ("rollup_billing", "yes"),
            ("custom_pricing", "no"),
            ("channel_limit", "30"),
        ];
        let review = self
            .owner()
            .submit(&form, "#new-account", &typed)
            .await
            .expect(200);
        let made = self.submit(Role::Owner, &review, "#create", &[]).await;
        self.settled().await;
        let to = made.leads_to().unwrap();
        self.place("{op}", "creation", to.split('/').nth(3));
        let state = self.portal.sandbox.accounts().await;
        let made = state
            .iter()
            .find(|account| account["email"] == "voice@quillworth.example")
            .unwrap();
        self.names.know(made["id"].as_str().unwrap(), "account 7");
    }

    /// Adds an authenticator app and a passkey for the owner.
    async fn add_factors(&mut self) {
        let page = self.owner().get("/profile/factors/app").await.expect(200);
        let app = AuthenticatorApp::new(&page.text_of("#secret"));
        let code = app.code(&self.portal.clock);
        self.owner()
            .submit(&page, "#app-form", &[("code", &code)])
            .await
            .expect(200);
        self.pause();
        let asked = self
            .owner()
            .request(Method::POST, "/profile/factors/passkeys/challenge");
        let asked = asked
            .header("accept", "application/json")
            .send()
            .await
            .expect(200);
        let challenge: Value = serde_json::from_str(&asked.text).unwrap();
        let (ceremony, answer) = (
            challenge["ceremony"].as_str().unwrap(),
            Passkey::new().attest(&challenge),
        );
        let fields = [
            ("ceremony", ceremony),
            ("name", "Blue key"),
            ("answer", &answer),
        ];
        self.owner()
            .post("/profile/factors/passkeys", &fields)
            .await
            .expect(303);
        self.pause();
        let page = self.owner().get("/profile/factors").await.expect(200);
        let remove = page
            .attr_of("a[href*='/passkeys/'][href$='/remove']", "href")
            .unwrap();
        self.place(
            "/profile/factors/passkeys/{id}",
            "passkey",
            remove.split('/').nth(4),
        );
    }

    /// Invites a person, and adds a staff member who is involved in nothing else.
    async fn invite(&mut self) {
        let fields = [
            ("name", "Ina Invited"),
            ("email", "ina@example.com"),
            ("role", "manager"),
        ];
        self.owner().post("/staff", &fields).await.expect(200);
        self.pause();
        let spare = self.portal.staff(Role::Viewer).await;
        self.place("/staff/{id}", "spare", Some(&spare.staff_id.to_string()));
        self.pause();
    }

    /// Starts an access review and decides about two users.
    async fn review(&mut self) {
        let started = self.owner().post("/org-users/reviews", &[]).await;
        let path = started.expect(303).leads_to().unwrap();
        self.place("/org-users/reviews/{id}", "review", path.split('/').nth(3));
        self.places.push(("{place}", "2".to_owned()));
        for (place, decision, note) in [(1, "keep", ""), (3, "remove", "Left in May.")] {
            self.send(
                Role::Admin,
                &format!("{path}/users/{place}"),
                &[("decision", decision), ("note", note)],
            )
            .await;
        }
    }

    /// Previews a job that disables every account.
    async fn preview_job(&mut self) {
        let manager = self.people.iter().find(|(role, ..)| *role == Role::Manager);
        let new = NewJob {
            id: JobId::new(self.portal.clock.now()),
            action: JobAction::Disable,
            accounts: self.accounts.iter().map(|id| id.parse().unwrap()).collect(),
            selection: "All 6 accounts".to_owned(),
            reason: Reason {
                code: Some(ReasonCode::Fraud),
                text: "Calls at night.".to_owned(),
            },
        };
        let job = bulk::preview(&self.portal.app, &manager.unwrap().1, new)
            .await
            .unwrap();
        self.place("/jobs/{id}", "job", Some(&job.id.to_string()));
    }

    /// Imports rows of which one is ready, one has an error, and one exists.
    async fn import(&mut self) {
        let existing = self.portal.sandbox.account(&self.accounts[0]).await;
        let rows = format!(
            "Company,E-mail,Channels,Memo\n\
             Zyx Ltd,voice@zyx.example,10,first\n\
             <b>Zyxx</b>,nobody,2.5,\n\
             Quill,{},,\n",
            existing["email"].as_str().unwrap()
        );
        let rows = [("rows", rows.as_str())];
        let stored = self
            .send(Role::Owner, "/accounts/import/paste", &rows)
            .await;
        let to = stored.leads_to().unwrap();
        self.place("/accounts/import/{id}", "import", to.split('/').nth(3));
        self.places.push(("{number}", "2".to_owned()));
        let page = self.owner().get(&to).await.expect(200);
        let answers = [("rollup_billing", "no"), ("custom_pricing", "no")];
        self.submit(Role::Owner, &page, "#columns", &answers).await;
    }

    fn place(&mut self, place: &'static str, name: &str, id: Option<&str>) {
        let id = id
            .unwrap_or_else(|| panic!("no id of the {name}"))
            .to_owned();
        self.names.know(&id, name);
        self.places.push((place, id));
    }

    /// Sends a form that must be accepted.
    pub async fn send(&self, role: Role, path: &str, fields: &[(&str, &str)]) -> Response {
        let answer = self.browser(role).post(path, fields).await.expect(303);
        self.pause();
        answer
    }

    /// Fills and sends a form that must be accepted.
    pub async fn submit(
        &self,
        role: Role,
        page: &Response,
        css: &str,
        typed: &[(&str, &str)],
    ) -> Response {
        let answer = self
            .browser(role)
            .submit(page, css, typed)
            .await
            .expect(303);
        self.pause();
        answer
    }
}
