//! Stage of a drill: the program, its database, the simulated Telnyx, and an owner who is signed in.

use std::time::{Duration, Instant};

use reseller_portal::sandbox::Options;
use serde_json::Value;

use super::program::{Program, Settings};
use super::record::seen;
use super::upstream::Upstream;
use super::work::Account;
use super::{Person, Record, Response};

/// Email of the owner.
pub const OWNER: &str = "owner@example.com";

/// Preparation of a stage.
pub struct SetUp {
    pub record: Record,
    pub telnyx: Upstream,
    pub settings: Settings,
    pub url: String,
    pub database_url: String,
}

/// Running program with everything around it.
pub struct Stage {
    pub record: Record,
    pub telnyx: Upstream,
    pub portal: Program,
    pub owner: Person,
    pub database_url: String,
}

impl SetUp {
    /// Prepares a stage on this database.
    pub async fn on(database_url: &str, title: &str) -> Self {
        let telnyx = Upstream::start(Options {
            accounts: 90,
            channels: 100_000,
            ..Options::default()
        })
        .await;
        let (settings, url) = Settings::new();
        let settings = settings
            .set("DATABASE_URL", database_url)
            .set("TELNYX_API_KEY", &Options::default().api_key)
            .set("TELNYX_API_BASE", telnyx.base().as_str());
        Self {
            record: Record::new(title),
            telnyx,
            settings,
            url,
            database_url: database_url.to_owned(),
        }
    }

    /// Sets a variable of the program.
    pub fn set(self, name: &str, value: &str) -> Self {
        Self {
            settings: self.settings.set(name, value),
            ..self
        }
    }

    /// Runs the program from this shell script, as `"$@"`.
    pub fn wrapped(self, script: &str) -> Self {
        Self {
            settings: self.settings.wrapped(script),
            ..self
        }
    }

    /// Starts the program, signs the owner in, and waits until the accounts are read.
    pub async fn start(self) -> Stage {
        self.settings.add_staff(OWNER, "owner");
        let portal = Program::serve(self.settings, self.url, &self.record).await;
        let owner = Person::new(&portal.url, &self.record);
        owner.unseen().sign_in(OWNER).await.expect(303);
        let stage = Stage {
            record: self.record,
            telnyx: self.telnyx,
            portal,
            owner,
            database_url: self.database_url,
        };
        stage
            .until(
                "/accounts",
                |page| page.count("tbody tr") > 10,
                Duration::from_secs(20),
            )
            .await;
        stage
            .record
            .note("the portal is up, its accounts are read, and the owner is signed in");
        stage
    }
}

impl Stage {
    /// Returns the enabled accounts.
    pub async fn enabled(&self) -> Vec<Account> {
        let accounts = self.telnyx.accounts().await;
        let enabled = accounts
            .iter()
            .filter(|account| account["status"] == "enabled");
        let account = |account: &Value| Account {
            id: account["id"].as_str().unwrap().to_owned(),
            limit: account["channel_limit"].as_u64().unwrap_or_default(),
        };
        enabled.map(account).collect()
    }

    /// Opens a page again and again until it is as wanted. Returns it and how long that took.
    pub async fn until(
        &self,
        path: &str,
        wanted: impl Fn(&Response) -> bool,
        patience: Duration,
    ) -> (Response, Duration) {
        let began = Instant::now();
        let owner = self.owner.unseen();
        loop {
            let page = owner.get(path).await;
            if wanted(&page) {
                return (page, began.elapsed());
            }
            if began.elapsed() > patience {
                self.record
                    .fault(format!("{path} is still: {} {}", page.status, seen(&page)));
                return (page, began.elapsed());
            }
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    }

    /// Waits until pages work again, and notes how long that took.
    pub async fn until_it_works(&self, patience: Duration) {
        let (_, took) = self
            .until("/accounts", |page| page.status == 200, patience)
            .await;
        self.record.note(format!(
            "pages work again {:.1} s later",
            took.as_secs_f64()
        ));
    }

    /// Starts a job that sets the channel limit of these accounts to 11. Returns its address.
    pub async fn start_job(&self, accounts: &[Account]) -> String {
        let owner = self.owner.unseen();
        let mut fields = vec![("list", "/accounts"), ("all", "")];
        fields.extend(accounts.iter().map(|account| ("id", account.id.as_str())));
        let form = owner
            .post("/accounts/bulk/channel-limit", &fields)
            .await
            .expect(200);
        let typed = [("rule", "set"), ("channels", "11"), ("reason", "A drill")];
        let preview = owner
            .submit(&form, "form.confirm", &typed)
            .await
            .expect(303);
        let preview = owner.follow(&preview).await.expect(200);
        let number = accounts.len().to_string();
        let started = owner
            .submit(&preview, "#start", &[("confirm", &number)])
            .await
            .expect(303);
        self.record
            .note(format!("a job sets the channel limit of {number} accounts"));
        started.leads_to().unwrap()
    }

    /// Waits for the end of a job, which must have set every limit.
    pub async fn until_job_ends(&self, job: &str, accounts: &[Account]) {
        let is_over = |page: &Response| {
            page.select("#progress [role=status]")
                .first()
                .is_some_and(|status| status == "Finished")
        };
        let (_, took) = self.until(job, is_over, Duration::from_mins(2)).await;
        let truth = self.telnyx.accounts().await;
        let is_in_job = |id: &Value| accounts.iter().any(|account| *id == account.id.as_str());
        let set = truth
            .iter()
            .filter(|account| account["channel_limit"] == 11 && is_in_job(&account["id"]))
            .count();
        let (took, all) = (took.as_secs_f64(), accounts.len());
        self.record.note(format!(
            "the job is finished {took:.1} s later: {set} of {all} limits are set"
        ));
        if set != all {
            self.record.fault("the job did not set every limit");
        }
    }

    /// Opens the notes of an account.
    pub async fn notes(&self, account: &Account) -> Response {
        let path = format!("/accounts/{}/notes", account.id);
        self.owner.unseen().get(&path).await.expect(200)
    }

    /// Adds a note with the form of this page.
    pub async fn add_note(&self, page: &Response, text: &str) -> Response {
        self.owner
            .submit(page, "#notes-new", &[("note", text)])
            .await
    }

    /// Asks `/healthz` and `/readyz`, as a load balancer does.
    pub async fn probe(&self) -> (Response, Response) {
        let balancer = Person::new(&self.portal.url, &self.record);
        (
            balancer.get("/healthz").await,
            balancer.get("/readyz").await,
        )
    }
}
