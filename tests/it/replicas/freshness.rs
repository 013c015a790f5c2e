//! What someone changes on one portal is on the pages of another within two seconds.

use std::time::{Duration, Instant};

use futures::future::BoxFuture;
use reseller_portal::app::App;
use reseller_portal::bulk::{self, NewJob};
use reseller_portal::db::new_account_defaults;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::ids::JobId;
use reseller_portal::domain::job::{JobAction, LimitRule};
use reseller_portal::domain::new_account::NewAccountDefaults;
use reseller_portal::domain::notification::{NotificationFact, NotificationKind};
use reseller_portal::domain::operation::{Reason, ReasonCode};
use reseller_portal::domain::role::Role;
use reseller_portal::notifications::publish;

use crate::support::{Browser, Portal, Response};

/// Time within which another portal shows a change.
const PROMPT: Duration = Duration::from_secs(2);

/// Two portals on one database. An owner uses both, an account manager the other one.
struct Stage {
    one: Portal,
    other: App,
    owner: Browser,
    owner_there: Browser,
    ben: Actor,
    ben_there: Browser,
    nobody_there: Browser,
    account: String,
}

impl Stage {
    async fn start() -> Self {
        let one = Portal::start().await;
        one.sweep().await;
        let owner = one.signed_in(Role::Owner).await;
        let ben = one.staff(Role::Viewer).await;
        let bens = one.signed_in_as(&ben).await;
        let (other, owner_there) = one.replica(&owner).await;
        let router = || reseller_portal::web::router(other.clone());
        let url = one.settings.public_url.clone();
        let ben_there = Browser::new(router(), url.clone());
        for (name, value) in bens.cookies() {
            ben_there.set_cookie(&name, &value);
        }
        Self {
            account: one.sandbox.id_of("enabled").await,
            nobody_there: Browser::new(router(), url),
            one,
            other,
            owner,
            owner_there,
            ben,
            ben_there,
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/accounts/{}{rest}", self.account)
    }

    /// Fills and sends a form on the first portal.
    async fn submit(&self, path: &str, form: &str, typed: &[(&str, &str)]) {
        let page = self.owner.get(path).await.expect(200);
        let sent = self.owner.submit(&page, form, typed).await;
        assert!(sent.status.is_redirection(), "{path}: {}", sent.text);
    }

    /// Opens a page on the other portal.
    async fn there(&self, path: &str) -> Response {
        self.owner_there.get(path).await.expect(200)
    }
}

/// Something that is changed on one portal and read on the other.
struct Case {
    what: &'static str,
    change: fn(&Stage) -> BoxFuture<'_, ()>,
    /// Returns `true` if the other portal shows the change.
    is_there: fn(&Stage) -> BoxFuture<'_, bool>,
}

const CASES: [Case; 15] = [
    Case {
        what: "a channel limit",
        change: |stage| {
            Box::pin(async move {
                let typed = [("channel_limit", "37")];
                let path = stage.path("/channel-limit");
                stage.submit(&path, "form.confirm", &typed).await;
            })
        },
        is_there: |stage| {
            Box::pin(async move {
                stage
                    .there("/accounts?limit=37&status=all")
                    .await
                    .has("tbody input")
            })
        },
    },
    Case {
        what: "a tag",
        change: |stage| {
            Box::pin(async move {
                stage
                    .submit(
                        &stage.path(""),
                        "#tags form.annotation-form",
                        &[("tag", "Wholesale")],
                    )
                    .await;
            })
        },
        is_there: |stage| {
            Box::pin(async move {
                stage
                    .there("/accounts?tag=Wholesale")
                    .await
                    .has("tbody input")
            })
        },
    },
    Case {
        what: "a note",
        change: |stage| {
            Box::pin(async move {
                let typed = [("note", "Calls on Mondays")];
                stage
                    .submit(&stage.path("/notes"), "#notes-new", &typed)
                    .await;
            })
        },
        is_there: |stage| {
            Box::pin(async move {
                stage
                    .there(&stage.path("/notes"))
                    .await
                    .says("Calls on Mondays")
            })
        },
    },
    Case {
        what: "a saved view",
        change: |stage| {
            Box::pin(async move {
                let form = [("list", "/accounts?limit=37"), ("name", "Thirty-seven")];
                stage
                    .owner
                    .post("/accounts/views/save", &form)
                    .await
                    .expect(303);
            })
        },
        is_there: |stage| {
            Box::pin(async move { stage.there("/accounts/views").await.says("Thirty-seven") })
        },
    },
    Case {
        what: "the bell",
        change: |stage| {
            Box::pin(async move {
                let fact = NotificationFact {
                    kind: NotificationKind::AccountBlocked,
                    sweep: None,
                    items: 1,
                    subject: "Acme".to_owned(),
                    detail: String::new(),
                    path: "/accounts?status=blocked".to_owned(),
                };
                let mut tx = stage.one.db.begin().await.unwrap();
                publish(&stage.one.app, &mut tx, &fact, None).await.unwrap();
                tx.commit().await.unwrap();
            })
        },
        is_there: |stage| {
            Box::pin(async move { stage.there("/profile").await.has("a.bell > span") })
        },
    },
    Case {
        what: "the name of the portal, for those who are signed in",
        change: |stage| {
            Box::pin(async move {
                let typed = [("name", "Acme Voice")];
                stage
                    .submit("/settings/appearance", "#appearance-form", &typed)
                    .await;
            })
        },
        is_there: |stage| {
            Box::pin(async move {
                stage.there("/profile").await.text_of(".sidebar .brand") == "Acme Voice"
            })
        },
    },
    Case {
        what: "the name of the portal, on the sign-in",
        change: |stage| {
            Box::pin(async move {
                let typed = [("name", "Acme Telephony")];
                stage
                    .submit("/settings/appearance", "#appearance-form", &typed)
                    .await;
            })
        },
        is_there: |stage| {
            Box::pin(async move {
                let page = stage.nobody_there.get("/login").await.expect(200);
                page.text_of(".brand") == "Acme Telephony"
            })
        },
    },
    Case {
        what: "the threshold of low balances",
        change: |stage| {
            Box::pin(async move {
                let typed = [("low_balance", "25")];
                stage
                    .submit("/settings/notifications", "#thresholds-form", &typed)
                    .await;
            })
        },
        is_there: |stage| {
            Box::pin(async move {
                stage.there("/profile").await;
                stage.other.low_balance() == rust_decimal::Decimal::from(25)
            })
        },
    },
    Case {
        what: "someone's defaults for new accounts",
        change: |stage| {
            Box::pin(async move {
                let defaults = NewAccountDefaults::default();
                new_account_defaults::set(&stage.one.db, stage.ben.staff_id, &defaults)
                    .await
                    .unwrap();
            })
        },
        is_there: |stage| {
            Box::pin(async move {
                let read = new_account_defaults::of_staff(&stage.other.db, stage.ben.staff_id);
                read.await.unwrap().is_some()
            })
        },
    },
    Case {
        what: "a role",
        change: |stage| {
            Box::pin(async move {
                let page = format!("/staff/{}", stage.ben.staff_id);
                stage
                    .submit(&page, "#role-form", &[("role", "manager")])
                    .await;
            })
        },
        is_there: |stage| {
            Box::pin(async move {
                let form = stage.ben_there.get(&stage.path("/channel-limit")).await;
                form.status == 200
            })
        },
    },
    Case {
        what: "progress of a job",
        change: |stage| Box::pin(run_job(stage)),
        is_there: |stage| {
            Box::pin(async move { stage.there("/jobs").await.has("main a[href^='/jobs/']") })
        },
    },
    Case {
        what: "a status",
        change: |stage| {
            Box::pin(async move {
                let typed = [("reason_code", "customer_request"), ("reason", "Left")];
                stage
                    .submit(&stage.path("/disable"), "form.confirm", &typed)
                    .await;
            })
        },
        is_there: |stage| {
            Box::pin(async move {
                let list = "/accounts?status=disabled&tag=Wholesale";
                stage.there(list).await.has("tbody input")
            })
        },
    },
    Case {
        what: "an outage of Telnyx",
        change: |stage| Box::pin(fail_telnyx(stage)),
        is_there: |stage| {
            Box::pin(async move {
                let page = stage.there("/profile").await;
                page.says("Telnyx has not answered since")
            })
        },
    },
    Case {
        what: "the end of an outage",
        change: |stage| {
            Box::pin(async move {
                stage.one.sandbox.clear_faults().await;
                assert!(stage.one.telnyx.pool().await.is_ok());
            })
        },
        is_there: |stage| {
            Box::pin(async move {
                let page = stage.there("/profile").await;
                !page.says("Telnyx has not answered since")
            })
        },
    },
    Case {
        what: "someone who was disabled",
        change: |stage| {
            Box::pin(async move {
                let page = format!("/staff/{}/disable", stage.ben.staff_id);
                stage.submit(&page, "form.confirm", &[]).await;
            })
        },
        is_there: |stage| {
            Box::pin(async move {
                let page = stage.ben_there.get("/profile").await;
                page.leads_to().is_some_and(|to| to.starts_with("/login"))
            })
        },
    },
];

/// Runs a job of one account on the first portal.
async fn run_job(stage: &Stage) {
    let new = NewJob {
        id: JobId::new(stage.one.clock.now()),
        action: JobAction::ChannelLimit {
            limit: LimitRule::Set(ChannelLimit::new(38).unwrap()),
        },
        accounts: vec![stage.account.parse().unwrap()],
        selection: "A selection".to_owned(),
        reason: Reason {
            code: Some(ReasonCode::CustomerRequest),
            text: "Campaign".to_owned(),
        },
    };
    let ben = stage.one.staff(Role::Manager).await;
    let job = bulk::preview(&stage.one, &ben, new).await.unwrap();
    bulk::start(&stage.one, &ben, &job, None).await.unwrap();
    bulk::run_once(&stage.one).await.unwrap();
}

/// Lets Telnyx fail, as the first portal notices.
async fn fail_telnyx(stage: &Stage) {
    stage.one.advance(Duration::from_secs(1));
    let rules = serde_json::json!([{"path": "/v2/*", "then": {"status": 503}}]);
    stage.one.sandbox.faults(rules).await;
    while !stage.one.telnyx.health().is_down() {
        assert!(stage.one.telnyx.pool().await.is_err());
    }
}

#[tokio::test]
async fn each_change_is_on_the_pages_of_another_portal_within_two_seconds() {
    let stage = Stage::start().await;
    for case in CASES {
        assert!(
            case.what.starts_with("the end") || !(case.is_there)(&stage).await,
            "{} is there before the change",
            case.what
        );
        (case.change)(&stage).await;
        let changed = Instant::now();
        while !(case.is_there)(&stage).await {
            assert!(changed.elapsed() < PROMPT, "{} is not there", case.what);
            // The clock of the portals stands still otherwise.
            stage.one.advance(Duration::from_millis(100));
            tokio::time::sleep(Duration::from_millis(100)).await;
            for app in [&stage.one.app, &stage.other] {
                reseller_portal::jobs::probe_once(app).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn the_end_of_a_session_and_of_a_setting_apply_to_the_next_request_of_another_portal() {
    let stage = Stage::start().await;
    stage.there("/profile").await;
    let typed = [("name", "Acme Voice")];
    stage
        .submit("/settings/appearance", "#appearance-form", &typed)
        .await;
    let page = stage.there("/profile").await;
    assert_eq!(page.text_of(".sidebar .brand"), "Acme Voice");
    stage.owner.post("/logout", &[]).await.expect(303);
    let page = stage.owner_there.get("/profile").await.expect(303);
    assert!(page.leads_to().unwrap().starts_with("/login"));
}
