//! Account manager of one account.

use reseller_portal::db::accounts;
use reseller_portal::domain::actor::Actor;
use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::ids::StaffId;
use reseller_portal::domain::role::Role;
use reseller_portal::staff::{Principal, members};

use super::{HOSTILE, some, told};
use crate::support::Portal;

const FORM: &str = "form.confirm";
const FACT: &str = "#overview .facts > div:nth-child(2)";

async fn assignee(portal: &Portal, id: &str) -> Option<StaffId> {
    let account = accounts::by_id(&portal.db, &id.parse().unwrap()).await;
    account.unwrap().unwrap().assignee_id
}

async fn disable(portal: &Portal, person: &Actor) {
    members::disable(portal, Principal::Shell, person.staff_id, None)
        .await
        .unwrap();
}

#[tokio::test]
async fn an_account_manager_is_chosen_and_taken_away_and_telnyx_hears_nothing() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ben = portal.staff(Role::Admin).await;
    let me = portal.staff(Role::Manager).await;
    let ann = portal.signed_in_as(&me).await;
    let id = some(&portal).await[0].clone();
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(page.text_of(FACT).starts_with("Account manager none"));

    let path = format!("/accounts/{id}/assignee");
    let form = ann.get(&path).await.expect(200);
    assert_eq!(form.form(FORM).value("assignee"), Some("none"));
    let choices = form.attrs_of("#assignee option", "value");
    let (mine, bens) = (me.staff_id.to_string(), ben.staff_id.to_string());
    assert_eq!(choices, [mine.as_str(), &bens, "none"]);
    let saved = ann.submit(&form, FORM, &[("assignee", &bens)]).await;
    let page = ann.follow(&saved.expect(303)).await.expect(200);
    assert!(page.says("Its account manager is Test Admin."));
    assert!(page.text_of(FACT).contains("Test Admin"));
    assert_eq!(
        page.attr_of(&format!("{FACT} a"), "href").unwrap(),
        format!("/accounts?assignee={bens}")
    );

    let form = ann.get(&path).await.expect(200);
    let removed = ann.submit(&form, FORM, &[("assignee", "none")]).await;
    let page = ann.follow(&removed.expect(303)).await.expect(200);
    assert!(page.says("The account manager was removed."));
    assert!(page.says("changed the account manager"), "{}", page.words());
    let told = told(&portal, EventKind::Assignee).await;
    let values: Vec<_> = told
        .iter()
        .map(|entry| (entry.event.before.as_deref(), entry.event.after.as_deref()))
        .collect();
    let name = Some("Test Admin");
    assert_eq!(values, [(name, Some("none")), (Some("none"), name)]);
    assert!(portal.sandbox.changes().await.is_empty());
}

#[tokio::test]
async fn one_click_assigns_an_account_to_oneself() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let me = portal.staff(Role::Manager).await;
    let ann = portal.signed_in_as(&me).await;
    let id = some(&portal).await[0].clone();
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    let done = ann.submit(&page, "#assign-to-me", &[]).await.expect(303);
    let page = ann.follow(&done).await.expect(200);
    assert_eq!(assignee(&portal, &id).await, Some(me.staff_id));
    assert!(!page.has("#assign-to-me"));
    // Sent twice, it is one change.
    let fields = [("shown", ""), ("assignee", &*me.staff_id.to_string())];
    let path = format!("/accounts/{id}/assignee");
    ann.post(&path, &fields).await.expect(303);
    assert_eq!(told(&portal, EventKind::Assignee).await.len(), 1);
}

#[tokio::test]
async fn an_account_manager_who_changed_meanwhile_is_not_written_over() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let (me, ben) = (
        portal.staff(Role::Manager).await,
        portal.staff(Role::Admin).await,
    );
    let cleo = portal.staff(Role::Owner).await;
    let ann = portal.signed_in_as(&me).await;
    let id = some(&portal).await[0].clone();
    let path = format!("/accounts/{id}/assignee");
    let form = ann.get(&path).await.expect(200);
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    let bens = ben.staff_id.to_string();
    let fields = [("shown", ""), ("assignee", &*bens)];
    ann.post(&path, &fields).await.expect(303);

    let cleos = cleo.staff_id.to_string();
    let refused = ann.submit(&form, FORM, &[("assignee", &cleos)]).await;
    let refused = refused.expect(409);
    assert!(
        refused.says("Its account manager is Test Admin now."),
        "{}",
        refused.words()
    );
    let shown = refused.form(FORM);
    assert_eq!(shown.value("assignee"), Some(&*cleos));
    assert_eq!(assignee(&portal, &id).await, Some(ben.staff_id));
    ann.submit(&page, "#assign-to-me", &[]).await.expect(409);
    ann.submit(&refused, FORM, &[]).await.expect(303);
    assert_eq!(assignee(&portal, &id).await, Some(cleo.staff_id));
}

#[tokio::test]
async fn whoever_is_disabled_stays_the_account_manager_but_becomes_none_again() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ben = portal.staff(Role::Admin).await;
    let ann = portal.signed_in(Role::Manager).await;
    let ids = some(&portal).await;
    let path = |at: usize| format!("/accounts/{}/assignee", ids[at]);
    let bens = ben.staff_id.to_string();
    let open = ann.get(&path(1)).await.expect(200);
    let form = ann.get(&path(0)).await.expect(200);
    ann.submit(&form, FORM, &[("assignee", &bens)])
        .await
        .expect(303);
    disable(&portal, &ben).await;

    let page = ann.get(&format!("/accounts/{}", ids[0])).await.expect(200);
    assert!(
        page.text_of(FACT).contains("Test Admin disabled"),
        "{}",
        page.text_of(FACT)
    );
    let form = ann.get(&path(0)).await.expect(200);
    assert_eq!(form.form(FORM).value("assignee"), Some(&*bens));
    ann.submit(&form, FORM, &[]).await.expect(303);
    assert_eq!(assignee(&portal, &ids[0]).await, Some(ben.staff_id));
    let refused = ann.submit(&open, FORM, &[("assignee", &bens)]).await;
    assert_eq!(
        refused.expect(422).text_of("#assignee-help .field-error"),
        "This person can no longer sign in. Choose someone else."
    );
    assert_eq!(assignee(&portal, &ids[1]).await, None);
}

#[tokio::test]
async fn what_is_no_person_is_refused_at_the_field_and_a_viewer_assigns_nobody() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = some(&portal).await[0].clone();
    let path = format!("/accounts/{id}/assignee");
    let nobody = "00000000-0000-0000-0000-000000000000";
    for wrong in HOSTILE.into_iter().chain(["", "me", nobody]) {
        let fields = [("assignee", wrong), ("shown", wrong)];
        let page = ann.post(&path, &fields).await;
        // An unknown ID was never shown, so the form is outdated as well.
        assert!(matches!(page.status.as_u16(), 409 | 422), "{wrong:?}");
        if page.status == 422 {
            assert!(page.has("#assignee[aria-invalid=true]"), "{wrong:?}");
        }
    }
    assert_eq!(assignee(&portal, &id).await, None);
    let vic = portal.signed_in(Role::Viewer).await;
    let page = vic.get(&format!("/accounts/{id}")).await.expect(200);
    assert!(!page.has("#assign-to-me"));
    vic.get(&path).await.expect(403);
    vic.post(&path, &[("assignee", "none")]).await.expect(403);
}
