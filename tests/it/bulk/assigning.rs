//! Account managers of many accounts at once.

use reseller_portal::annotations::assignees::{self, Assignment};
use reseller_portal::domain::ids::StaffId;
use reseller_portal::staff::{Principal, members};

use super::undoing::undo;
use super::*;

fn to(person: &Actor) -> JobAction {
    JobAction::Assign {
        staff: Some(person.staff_id),
        name: person.name.clone(),
    }
}

fn to_nobody() -> JobAction {
    JobAction::Assign {
        staff: None,
        name: String::new(),
    }
}

/// Returns the account manager of each account.
async fn managers(stage: &Stage) -> Vec<Option<StaffId>> {
    let mut found = Vec::new();
    for id in stage.ids().await {
        let account = accounts::by_id(&stage.portal.db, &id).await.unwrap();
        found.push(account.unwrap().assignee_id);
    }
    found
}

async fn assign(stage: &Stage, id: &AccountId, from: Option<&Actor>, to: Option<&Actor>) {
    let assignment = Assignment {
        shown: from.map(|person| person.staff_id),
        to: to.map(|person| person.staff_id),
        may_be_disabled: false,
    };
    assignees::assign(&stage.portal, &stage.ann, id, assignment)
        .await
        .unwrap();
}

async fn disable(stage: &Stage, person: &Actor) {
    members::disable(&stage.portal, Principal::Shell, person.staff_id, None)
        .await
        .unwrap();
}

async fn start(stage: &Stage, job: &Job) {
    bulk::start(&stage.portal, &stage.ann, job, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn many_accounts_get_an_account_manager_and_nothing_is_sent() {
    let stage = Stage::start(3).await;
    let ids = stage.ids().await;
    let ben = stage.portal.staff(Role::Admin).await;
    assign(&stage, &ids[1], None, Some(&ben)).await;
    let job = stage.started(to(&ben), &ids).await;
    let mut planned = decisions(&stage.items(&job).await);
    planned.sort_by_key(|decision| decision.as_str());
    assert_eq!(
        planned,
        [Decision::Change, Decision::Change, Decision::Same]
    );
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "2 done");
    assert_eq!(managers(&stage).await, [Some(ben.staff_id); 3]);
    assert!(stage.portal.sandbox.changes().await.is_empty());

    let removed = stage.started(to_nobody(), &ids).await;
    stage.run().await;
    assert_eq!(stage.counts(&removed).await.summary(), "3 done");
    assert_eq!(managers(&stage).await, [None; 3]);
}

#[tokio::test]
async fn an_account_that_was_assigned_since_the_preview_is_left_as_it_is() {
    let stage = Stage::start(2).await;
    let ids = stage.ids().await;
    let ben = stage.portal.staff(Role::Admin).await;
    let cleo = stage.portal.staff(Role::Owner).await;
    let job = stage.preview(to(&ben), &ids).await.unwrap();
    assign(&stage, &ids[0], None, Some(&cleo)).await;
    start(&stage, &job).await;
    stage.run().await;
    assert_eq!(stage.counts(&job).await.summary(), "1 failed, 1 done");
    let refused = stage.items(&job).await;
    let refused = refused.iter().find(|item| item.state == ItemState::Refused);
    assert_eq!(
        refused.unwrap().message,
        "Its account manager was changed since the preview."
    );
    let managers = managers(&stage).await;
    assert_eq!(managers, [Some(cleo.staff_id), Some(ben.staff_id)]);
}

#[tokio::test]
async fn whoever_is_disabled_since_the_preview_gets_no_account() {
    let stage = Stage::start(1).await;
    let ids = stage.ids().await;
    let ben = stage.portal.staff(Role::Admin).await;
    let job = stage.started(to(&ben), &ids).await;
    disable(&stage, &ben).await;
    stage.run().await;
    let items = stage.items(&job).await;
    assert_eq!(items[0].state, ItemState::Refused);
    assert_eq!(items[0].message, "Test Admin can no longer sign in.");
    assert_eq!(managers(&stage).await, [None]);
}

#[tokio::test]
async fn undo_gives_accounts_back_even_to_someone_disabled_and_leaves_out_later_changes() {
    let stage = Stage::start(3).await;
    let ids = stage.ids().await;
    let ben = stage.portal.staff(Role::Admin).await;
    let cleo = stage.portal.staff(Role::Owner).await;
    assign(&stage, &ids[0], None, Some(&ben)).await;
    assign(&stage, &ids[1], None, Some(&ben)).await;
    let job = stage.started(to(&cleo), &ids).await;
    stage.run().await;
    disable(&stage, &ben).await;
    let ann = stage.ann.clone();
    assign(&stage, &ids[1], Some(&cleo), Some(&ann)).await;

    let undoing = undo(&stage, &job).await;
    let items = stage.items(&undoing).await;
    let left_out = items
        .iter()
        .filter(|item| item.decision == Decision::Changed);
    let left_out: Vec<_> = left_out.map(|item| item.account.clone().unwrap()).collect();
    assert_eq!(left_out, ids[1..2]);
    start(&stage, &undoing).await;
    stage.run().await;
    assert_eq!(stage.counts(&undoing).await.summary(), "2 done");
    assert_eq!(
        managers(&stage).await,
        [Some(ben.staff_id), Some(ann.staff_id), None]
    );
    let again = undo(&stage, &job).await;
    let again = decisions(&stage.items(&again).await);
    assert_eq!(again, [Decision::Changed; 3]);
}
