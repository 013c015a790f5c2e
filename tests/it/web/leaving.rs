//! A person who leaves: their accounts are counted, and reassigned before or after.

use reseller_portal::annotations::assignees::{self, Assignment};
use reseller_portal::bulk;
use reseller_portal::db::assignees::account_count;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::role::Role;

use crate::support::{Browser, Portal, Response};

/// Makes a person the account manager of this many accounts.
async fn assign(portal: &Portal, person: &Actor, count: usize) {
    for account in portal.sandbox.accounts().await.iter().take(count) {
        let id = account["id"].as_str().unwrap().parse().unwrap();
        let assignment = Assignment {
            shown: None,
            to: Some(person.staff_id),
            may_be_disabled: false,
        };
        assignees::assign(portal, person, &id, assignment)
            .await
            .unwrap();
    }
}

/// Follows the link that reassigns accounts, and runs the job to this person.
async fn reassign(portal: &Portal, browser: &Browser, page: &Response, to: &Actor) {
    let link = page
        .attr_of("main a[href^='/accounts/bulk/assign']", "href")
        .unwrap();
    let form = browser.get(&link).await.expect(200);
    assert!(form.says("Assign 3 accounts to an account manager"));
    assert!(
        form.says("3 accounts: Account manager: Test Viewer"),
        "{}",
        form.words()
    );
    let to = to.staff_id.to_string();
    let preview = browser
        .submit(&form, "form.confirm", &[("assignee", &to)])
        .await;
    let preview = browser.follow(&preview.expect(303)).await.expect(200);
    assert!(preview.says("3 will change"), "{}", preview.words());
    let started = browser.submit(&preview, "#start", &[]).await;
    started.expect(303);
    bulk::run_once(portal).await.unwrap();
}

#[tokio::test]
async fn who_leaves_has_accounts_that_are_reassigned_after_they_are_disabled() {
    let portal = Portal::build().accounts(5).start().await;
    portal.sweep().await;
    let (ben, vic) = (
        portal.staff(Role::Manager).await,
        portal.staff(Role::Viewer).await,
    );
    assign(&portal, &vic, 3).await;
    let owner = portal.signed_in(Role::Owner).await;
    let path = format!("/staff/{}", vic.staff_id);
    let page = owner.get(&path).await.expect(200);
    assert!(page.says("They are the account manager of 3 accounts"));
    let list = page.attr_of("#assigned p a", "href").unwrap();
    let list = owner.get(&list).await.expect(200);
    assert_eq!(list.count("tr[id^=account-]"), 3);

    let dialog = owner
        .get_fragment(&format!("{path}/disable"))
        .await
        .expect(200);
    assert!(dialog.says("Test Viewer is the account manager of 3 accounts"));
    assert!(dialog.has("a[href^='/accounts/bulk/assign']"));
    let done = owner.submit(&dialog, "form.confirm", &[]).await;
    let disabled = owner.follow(&done.expect(303)).await.expect(200);
    assert!(disabled.says("They are the account manager of 3 accounts"));
    let page = owner.get(&path).await.expect(200);
    assert!(page.says("Reassign 3 accounts"));

    reassign(&portal, &owner, &disabled, &ben).await;
    let count = |person: &Actor| account_count(&portal.db, person.staff_id);
    assert_eq!(count(&vic).await.unwrap(), 0);
    assert_eq!(count(&ben).await.unwrap(), 3);
    let disabled = owner.get(&format!("{path}/disabled")).await.expect(200);
    assert!(disabled.says("They are not the account manager of any account."));
    assert!(!owner.get(&path).await.expect(200).has("#assigned"));
}

#[tokio::test]
async fn accounts_are_reassigned_before_someone_is_disabled_and_a_viewer_only_looks() {
    let portal = Portal::build().accounts(5).start().await;
    portal.sweep().await;
    let (ben, vic) = (
        portal.staff(Role::Manager).await,
        portal.staff(Role::Viewer).await,
    );
    assign(&portal, &vic, 3).await;
    let path = format!("/staff/{}", vic.staff_id);
    let reader = portal.signed_in(Role::Viewer).await;
    let page = reader.get(&path).await.expect(200);
    assert!(page.says("They are the account manager of 3 accounts"));
    assert!(!page.has("a[href^='/accounts/bulk']"));

    let owner = portal.signed_in(Role::Owner).await;
    let page = owner.get(&format!("{path}/disable")).await.expect(200);
    reassign(&portal, &owner, &page, &ben).await;
    let page = owner.get(&format!("{path}/disable")).await.expect(200);
    assert!(!page.says("is the account manager of"), "{}", page.words());
}
