//! Imports: rows of a file become accounts, each once, and files hold the results.

use reseller_portal::bulk::import::{self, SimilarTo, Upload, preview_import};
use reseller_portal::db::accounts::Account;
use reseller_portal::db::imports::Import;
use reseller_portal::db::{audit, imports, notes, staff, tags};
use reseller_portal::domain::audit::{Event, EventKind};
use reseller_portal::domain::ids::{ImportId, OperationId};
use reseller_portal::domain::operation::Change;
use reseller_portal::domain::role::Permission;
use reseller_portal::operations::{ExpectedValues, Request, submit};
use reseller_portal::telnyx::NewAccount;
use serde_json::json;
use uuid::Uuid;

use super::undoing::undo;
use super::*;

pub mod faults;
mod files;

const CREATE: &str = "POST /v2/managed_accounts";

/// Stores a file with answers for all rows.
async fn stored(stage: &Stage, actor: &Actor, csv: &str) -> Import {
    let app = &stage.portal.app;
    let upload = Upload {
        id: ImportId::new(stage.portal.clock.now()),
        file_name: "customers.csv".to_owned(),
        content: csv.as_bytes().to_vec(),
        is_pasted: false,
    };
    let id = import::store_upload(app, actor, upload).await.unwrap();
    let import = read_again(stage, actor, id).await;
    let mut decisions = import::decisions(&import).unwrap();
    decisions.is_mapped = true;
    decisions.defaults.rollup_billing = Some(false);
    decisions.defaults.custom_pricing = Some(false);
    import::decide(app, &import, &decisions).await.unwrap();
    read_again(stage, actor, id).await
}

async fn read_again(stage: &Stage, actor: &Actor, id: ImportId) -> Import {
    let found = imports::by_id(&stage.portal.db, id, actor.staff_id).await;
    found.unwrap().unwrap()
}

/// Previews the job of a stored file, with its latest decisions.
async fn preview_of(stage: &Stage, actor: &Actor, import: &Import) -> Result<Job, PlanError> {
    let app = &stage.portal.app;
    let import = read_again(stage, actor, import.id).await;
    let review = import::review(app, &import).await.unwrap();
    let id = JobId::new(stage.portal.clock.now());
    preview_import(app, actor, id, &import, &review).await
}

async fn preview_as(stage: &Stage, actor: &Actor, csv: &str) -> Result<Job, PlanError> {
    let import = stored(stage, actor, csv).await;
    preview_of(stage, actor, &import).await
}

async fn preview(stage: &Stage, csv: &str) -> Job {
    preview_as(stage, &stage.ann, csv).await.unwrap()
}

async fn start(stage: &Stage, job: &Job) {
    bulk::start(&stage.portal, &stage.ann, job, None)
        .await
        .unwrap();
}

/// Previews the job of a file and starts it.
pub async fn started(stage: &Stage, csv: &str) -> Job {
    let job = preview(stage, csv).await;
    start(stage, &job).await;
    job
}

/// Returns a file with so many rows, each with this limit.
pub fn customers(rows: usize, limit: &str) -> String {
    let row = |number| format!("Zyx{number:02} Ltd,voice@zyx{number:02}.example,{limit}\n");
    let rows: Vec<String> = (1..=rows).map(row).collect();
    format!("Company,Email,Channel limit\n{}", rows.concat())
}

/// Returns Telnyx's accounts with this email address.
async fn with_email(stage: &Stage, email: &str) -> Vec<Value> {
    let mut accounts = stage.portal.sandbox.accounts().await;
    accounts.retain(|account| account["email"] == email);
    accounts
}

/// Returns the number of requests for a change that begin with these words.
async fn sent(stage: &Stage, words: &str) -> usize {
    let sent = stage.portal.sandbox.changes().await;
    sent.iter().filter(|sent| sent.starts_with(words)).count()
}

/// Returns the directory's account of an item.
async fn account(stage: &Stage, item: &JobItem) -> Account {
    let id = item.account.clone().unwrap();
    let found = accounts::by_id(&stage.portal.db, &id).await.unwrap();
    found.unwrap()
}

async fn events(stage: &Stage, job: &Job) -> Vec<Event> {
    let all = audit::EventFilter::default();
    let all = audit::oldest(&stage.portal.db, &all, 1_000).await.unwrap();
    let events = all.into_iter().map(|entry| entry.event);
    events.filter(|event| event.job == Some(job.id)).collect()
}

#[tokio::test]
async fn rows_become_accounts_with_everything_in_them_and_the_audit_names_the_job() {
    let stage = Stage::start(2).await;
    let ben = stage.portal.staff(Role::Admin).await;
    let csv = format!(
        "Company,E-mail,Channels,Tags,Note,Display name,Account manager\n\
         Quillwörth Ltd,Voice@quillworth.example,25,\"Key account; North\",\"Call first.\nAsk for Ann.\",Quill,{}\n\
         Zyx Ltd,voice@zyx.example,,,,,\n",
        ben.email.to_uppercase()
    );
    let job = started(&stage, &csv).await;
    stage.run().await;
    stage.run().await;
    assert_eq!(stage.job(&job).await.state, JobState::Ended);
    assert_eq!(stage.counts(&job).await.summary(), "2 done");
    assert_eq!(sent(&stage, CREATE).await, 2);

    let items = stage.items(&job).await;
    let full = account(&stage, &items[0]).await;
    assert_eq!(full.organization_name, "Quillwörth Ltd");
    assert_eq!(full.display_name.as_deref(), Some("Quill"));
    assert_eq!(full.assignee_id, Some(ben.staff_id));
    assert_eq!(full.channel_limit.unwrap().value, limit(25));
    let made = stage.portal.sandbox.account(&full.id).await;
    assert_eq!(made["channel_limit"], 25);
    assert_eq!(made["rollup_billing"], false);
    let named = tags::of_account(&stage.portal.db, &full.id).await.unwrap();
    let named: Vec<&str> = named.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(named, ["Key account", "North"]);
    let (written, _) = notes::of_account(&stage.portal.db, &full.id, 10)
        .await
        .unwrap();
    let written: Vec<&str> = written.iter().map(|note| note.body.as_str()).collect();
    assert_eq!(written, ["Call first.\nAsk for Ann."]);
    let bare = account(&stage, &items[1]).await;
    assert_eq!((bare.display_name, bare.assignee_id), (None, None));

    let events = events(&stage, &job).await;
    let count = |kind| events.iter().filter(|event| event.kind == kind).count();
    for (kind, expected) in [
        (EventKind::Create, 4),
        (EventKind::ChannelLimit, 2),
        (EventKind::DisplayName, 1),
        (EventKind::AccountTags, 1),
        (EventKind::Assignee, 1),
        (EventKind::NoteAdded, 1),
        (EventKind::Job, 2),
    ] {
        assert_eq!(count(kind), expected, "{kind:?}");
    }
    assert_eq!(events.len(), 12);
}

#[tokio::test]
async fn a_limit_that_telnyx_refuses_leaves_the_row_incomplete_and_retrying_sends_only_the_limit() {
    let stage = Stage::start(2).await;
    let refusal = json!([{"method": "PATCH", "path": "*", "times": 1, "then": {"status": 422}}]);
    stage.portal.sandbox.faults(refusal).await;
    let job = started(&stage, &customers(1, "25")).await;
    stage.run().await;
    let items = stage.items(&job).await;
    assert_eq!(states(&items), [ItemState::Incomplete]);
    let message = &items[0].message;
    assert!(
        message.starts_with("The account is created. Its channel limit:"),
        "{message}"
    );
    assert_eq!(stage.job(&job).await.state, JobState::Ended);
    assert_eq!(
        (sent(&stage, CREATE).await, sent(&stage, "PATCH").await),
        (1, 1)
    );

    let ended = stage.job(&job).await;
    bulk::retry(&stage.portal, &stage.ann, &ended)
        .await
        .unwrap();
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "1 done");
    assert_eq!(
        (sent(&stage, CREATE).await, sent(&stage, "PATCH").await),
        (1, 2)
    );
    let made = with_email(&stage, "voice@zyx01.example").await;
    assert_eq!(made[0]["channel_limit"], 25);
}

#[tokio::test]
async fn a_limit_that_is_refused_again_leaves_the_row_incomplete_and_undo_finds_its_account() {
    let stage = Stage::start(2).await;
    let refusal = json!([{"method": "PATCH", "path": "*", "times": 2, "then": {"status": 422}}]);
    stage.portal.sandbox.faults(refusal).await;
    let job = started(&stage, &customers(1, "25")).await;
    stage.run().await;
    let ended = stage.job(&job).await;
    bulk::retry(&stage.portal, &stage.ann, &ended)
        .await
        .unwrap();
    stage.run().await;
    let items = stage.items(&job).await;
    assert_eq!(states(&items), [ItemState::Incomplete]);
    stage.portal.advance(Duration::from_secs(1));
    let undoing = undo(&stage, &job).await;
    start(&stage, &undoing).await;
    stage.run().await;
    let account = items[0].account.clone().unwrap();
    let account = stage.portal.sandbox.account(account).await;
    assert_eq!(account["status"], "disabled");
}

#[tokio::test]
async fn a_right_that_is_revoked_before_the_limit_is_retried_leaves_the_row_incomplete() {
    let stage = Stage::start(2).await;
    let refusal = json!([{"method": "PATCH", "path": "*", "times": 1, "then": {"status": 422}}]);
    stage.portal.sandbox.faults(refusal).await;
    let job = started(&stage, &customers(1, "25")).await;
    stage.run().await;
    let ended = stage.job(&job).await;
    bulk::retry(&stage.portal, &stage.ann, &ended)
        .await
        .unwrap();
    let mut tx = stage.portal.db.begin().await.unwrap();
    staff::set_role(&mut tx, stage.ann.staff_id, Role::Viewer)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    stage.run().await;
    let items = stage.items(&job).await;
    assert_eq!(states(&items), [ItemState::Incomplete]);
}

#[tokio::test]
async fn an_email_that_exists_by_the_time_of_the_run_is_refused_without_a_request() {
    let stage = Stage::start(2).await;
    let job = preview(&stage, &customers(2, "5")).await;
    let elsewhere = NewAccount {
        business_name: "Someone else",
        email: Some("voice@zyx01.example"),
        password: None,
        custom_pricing: false,
        rollup_billing: false,
    };
    let telnyx = &stage.portal.telnyx;
    telnyx.create_account(&elsewhere).await.unwrap();
    stage.portal.sweep().await;
    stage.portal.sandbox.clear_log().await;
    start(&stage, &job).await;
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "1 failed, 1 done");
    let message = &stage.items(&job).await[0].message;
    assert!(
        message.contains("exists already: Someone else"),
        "{message}"
    );
    assert_eq!(sent(&stage, CREATE).await, 1);
}

#[tokio::test]
async fn undo_disables_the_created_accounts_but_not_what_was_disabled_meanwhile() {
    let stage = Stage::start(2).await;
    let job = started(&stage, &customers(3, "")).await;
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "3 done");
    stage.portal.advance(Duration::from_secs(1));
    let first = stage.items(&job).await[0].account.clone().unwrap();
    let other = Request {
        id: OperationId::new(stage.portal.clock.now()),
        change: Change::Disable {
            account: first.clone(),
        },
        reason: reason(),
        undoes: None,
        expected: ExpectedValues::default(),
        try_anyway: false,
        password: None,
    };
    submit(&stage.portal, &stage.ann, other).await.unwrap();
    stage.portal.advance(Duration::from_secs(1));

    let undoing = undo(&stage, &job).await;
    let items = stage.items(&undoing).await;
    let left_out = items
        .iter()
        .filter(|item| item.decision == Decision::Changed);
    let left_out: Vec<_> = left_out.map(|item| item.account.clone().unwrap()).collect();
    assert_eq!(left_out, [first]);
    start(&stage, &undoing).await;
    stage.run().await;
    assert_eq!(stage.counts(&undoing).await.summary(), "2 done");
    for item in items {
        let account = stage.portal.sandbox.account(item.account.unwrap()).await;
        assert_eq!(account["status"], "disabled");
    }
}

#[tokio::test]
async fn two_people_who_import_the_same_customers_at_once_get_one_account_each() {
    let stage = Stage::start(2).await;
    let ben = stage.portal.staff(Role::Admin).await;
    let csv = customers(4, "5");
    let jobs = [
        preview(&stage, &csv).await,
        preview_as(&stage, &ben, &csv).await.unwrap(),
    ];
    for job in &jobs {
        start(&stage, job).await;
    }
    tokio::join!(stage.run(), stage.run());
    for _ in 0..4 {
        stage.portal.advance(Duration::from_secs(5));
        stage.portal.run_jobs().await;
        stage.run().await;
    }
    let mut items = Vec::new();
    for job in &jobs {
        assert_eq!(stage.job(job).await.state, JobState::Ended);
        items.extend(stage.items(job).await);
    }
    for number in 1..=4 {
        let email = format!("voice@zyx{number:02}.example");
        let made = with_email(&stage, &email).await;
        assert_eq!(made.len(), 1, "{email}");
        assert_eq!(made[0]["channel_limit"], 5, "{email}");
        let of_email = items.iter().filter(|item| item.email == email);
        let (done, refused): (Vec<_>, Vec<_>) =
            of_email.partition(|item| item.state == ItemState::Done);
        assert_eq!((done.len(), refused.len()), (1, 1), "{email}");
        let refused = refused[0];
        assert_eq!(refused.state, ItemState::Refused, "{}", refused.message);
        let said = refused.message.to_lowercase();
        assert!(
            said.contains("exists already") || said.contains("already been taken"),
            "{said}"
        );
        assert_eq!(refused.account, None, "{email}");
    }
}

#[tokio::test]
async fn only_a_role_that_may_create_accounts_imports_and_a_revoked_right_refuses_the_rows() {
    let stage = Stage::start(1).await;
    let vic = stage.portal.staff(Role::Viewer).await;
    let refused = preview_as(&stage, &vic, &customers(1, "5")).await;
    assert!(matches!(
        refused,
        Err(PlanError::Forbidden(Permission::CreateAccounts))
    ));
    let job = started(&stage, &customers(2, "5")).await;
    let other = bulk::pause(&stage.portal, &vic, &job).await;
    assert!(matches!(
        other,
        Err(bulk::ControlError::Forbidden(Permission::CreateAccounts))
    ));
    let mut tx = stage.portal.db.begin().await.unwrap();
    staff::set_role(&mut tx, stage.ann.staff_id, Role::Viewer)
        .await
        .unwrap();
    tx.commit().await.unwrap();
    stage.run().await;
    for item in stage.items(&job).await {
        assert_eq!(item.state, ItemState::Refused);
        assert_eq!(item.message, "Your role can no longer create accounts.");
    }
    assert!(stage.portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn an_import_and_the_form_find_the_same_similar_accounts() {
    let stage = Stage::start(2).await;
    let names = [
        "Quillworth Telecom GmbH",
        "Quillworth",
        "Quillworths & Sons",
        "North Quillworth Sales",
        "Quil",
        "Qui",
    ];
    for name in names {
        let new = NewAccount {
            business_name: name,
            email: None,
            password: None,
            custom_pricing: false,
            rollup_billing: false,
        };
        stage.portal.telnyx.create_account(&new).await.unwrap();
    }
    stage.portal.sweep().await;
    let asked = [
        "quillworth inc",
        "Quillwort",
        "North Quillworth",
        "Quilt",
        "Qui Ltd",
        "Sales",
    ];
    let row = |name| format!("{name},voice@{}.example,5\n", Uuid::new_v4());
    let rows: Vec<String> = asked.into_iter().map(row).collect();
    let csv = format!("Company,Email,Channel limit\n{}", rows.concat());
    let import = stored(&stage, &stage.ann, &csv).await;
    let review = import::review(&stage.portal.app, &import).await.unwrap();
    for (row, name) in review.rows.iter().zip(asked) {
        let found = accounts::possible_duplicates(&stage.portal.db, name, None).await;
        let found = found.unwrap().into_iter().map(|account| account.id);
        let mut similar = match row.similar_to.clone() {
            Some(SimilarTo::Accounts(ids)) => ids,
            _ => Vec::new(),
        };
        let mut expected: Vec<AccountId> = found.collect();
        let is_bounded = similar.len() == 3;
        expected.retain(|id| !is_bounded || similar.contains(id));
        expected.sort();
        similar.sort();
        assert_eq!(similar, expected, "{name}");
    }
}
