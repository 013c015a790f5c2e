//! Form of each action, and the job that it previews.

use reseller_portal::annotations::tags;
use reseller_portal::db::accounts;
use reseller_portal::domain::channels::ChannelLimit;
use reseller_portal::domain::job::{JobAction, JobState, LimitRule};
use reseller_portal::domain::operation::ReasonCode;
use reseller_portal::domain::role::Role;
use reseller_portal::staff::{Principal, members};

use super::{changed, ids_of, items, job, open, swept};
use crate::support::Response;
use crate::web::channels::known;

const FORM: &str = "form.confirm";

/// Returns the error at a field of the form.
fn error_at(page: &Response, id: &str) -> String {
    page.text_of(&format!("#{id}-help .field-error"))
}

#[tokio::test]
async fn disabling_asks_for_a_reason_and_previews_a_job_that_sends_nothing() {
    let (portal, ann) = swept(Role::Manager).await;
    let enabled = ids_of(&portal, "enabled").await;
    let disabled = ids_of(&portal, "disabled").await;
    let two: Vec<&str> = enabled.iter().take(2).map(String::as_str).collect();
    let other = disabled.first().unwrap().as_str();
    let page = open(&ann, "disable", &[two[0], other, two[1]]).await;
    assert!(page.says("Disable 3 accounts?"), "{}", page.words());
    assert!(page.says("3 accounts, selected one by one"));
    let refused = ann.submit(&page, FORM, &[("reason", "Unpaid")]).await;
    let refused = refused.expect(422);
    assert_eq!(error_at(&refused, "reason_code"), "Choose a reason.");
    assert!(refused.text_of("#reason").contains("Unpaid"));
    let done = ann
        .submit(&refused, FORM, &[("reason_code", "fraud")])
        .await
        .expect(303);
    let job = job(&portal, &done).await;
    assert_eq!(
        (job.action.clone(), job.state),
        (JobAction::Disable, JobState::Preview)
    );
    assert_eq!(job.reason.code, Some(ReasonCode::Fraud));
    assert_eq!(job.reason.text, "Unpaid");
    assert_eq!(job.selection, "3 accounts, selected one by one");
    assert_eq!(items(&portal, &job).await.len(), 3);
    let expected = two.iter().map(|id| (*id).to_owned()).collect();
    assert_eq!(changed(&portal, &job).await, expected);
    assert_eq!(portal.sandbox.changes().await, [""; 0]);
}

#[tokio::test]
async fn a_script_sends_the_selection_and_the_answers_at_once() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let path = "/accounts/bulk/disable";
    let (chosen, why) = (("id", id.as_str()), ("reason_code", "fraud"));
    let first = ann.post(path, &[chosen, why]).await.expect(303);
    let second = ann.post(path, &[chosen, why]).await.expect(303);
    let first = job(&portal, &first).await;
    assert_eq!(changed(&portal, &first).await, [id.clone()].into());
    assert_ne!(first.id, job(&portal, &second).await.id);
    // An answer that is wrong leads to the form, and an ID of nobody's making is refused.
    let wrong = [chosen, ("reason", "Unpaid")];
    let refused = ann.post(path, &wrong).await.expect(422);
    assert_eq!(error_at(&refused, "reason_code"), "Choose a reason.");
    let damaged = [chosen, why, ("job", "7")];
    let refused = ann.post(path, &damaged).await.expect(422);
    assert!(refused.says("was damaged"), "{}", refused.words());
    ann.submit(&refused, FORM, &[]).await.expect(303);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_is_one_job() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let page = open(&ann, "disable", &[&id]).await;
    let fields = [("reason_code", "fraud")];
    let first = ann.submit(&page, FORM, &fields).await;
    let second = ann.submit(&page, FORM, &fields).await;
    assert_eq!(
        job(&portal, &first).await.id,
        job(&portal, &second).await.id
    );
    let other = open(&ann, "disable", &[&id]).await;
    let third = ann.submit(&other, FORM, &fields).await;
    assert_ne!(first.leads_to(), third.leads_to());
}

#[tokio::test]
async fn enabling_has_no_usual_answer_about_connections() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("disabled").await;
    let page = open(&ann, "enable", &[&id]).await;
    assert!(!page.has("input[name=reenable_all_connections][checked]"));
    let refused = ann.submit(&page, FORM, &[]).await.expect(422);
    assert_eq!(error_at(&refused, "connections"), "Choose yes or no.");
    assert_eq!(error_at(&refused, "reason"), "Say why.");
    let fields = [("reenable_all_connections", "no"), ("reason", "Paid")];
    let done = ann.submit(&refused, FORM, &fields).await.expect(303);
    let action = JobAction::Enable {
        reenable_all_connections: false,
    };
    assert_eq!(job(&portal, &done).await.action, action);
}

#[tokio::test]
async fn a_limit_is_set_raised_lowered_or_bounded() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    known(&portal, &id, 20).await;
    let limit = |channels| ChannelLimit::new(channels).unwrap();
    for (rule, reason, expected) in [
        ("set", "", LimitRule::Set(limit(1_000))),
        ("raise", "", LimitRule::RaiseBy(limit(1_000))),
        ("lower", "Campaign ended", LimitRule::LowerBy(limit(1_000))),
        ("at-most", "", LimitRule::AtMost(limit(1_000))),
    ] {
        let page = open(&ann, "channel-limit", &[&id]).await;
        let fields = [("rule", rule), ("channels", "1,000"), ("reason", reason)];
        let done = ann.submit(&page, FORM, &fields).await.expect(303);
        let action = JobAction::ChannelLimit { limit: expected };
        assert_eq!(job(&portal, &done).await.action, action, "{rule}");
    }
    let page = open(&ann, "channel-limit", &[&id]).await;
    let fields = [("rule", "lower"), ("channels", "5")];
    let refused = ann.submit(&page, FORM, &fields).await.expect(422);
    assert_eq!(error_at(&refused, "reason"), "Say why.");
    let fields = [("rule", "set"), ("channels", "0")];
    let refused = ann.submit(&page, FORM, &fields).await.expect(422);
    assert!(error_at(&refused, "reason").starts_with("Say why"));
}

#[tokio::test]
async fn a_bad_number_is_refused_at_its_field_and_kept() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let page = open(&ann, "channel-limit", &[&id]).await;
    let whole = "Enter a whole number, 0 or more.";
    for (rule, typed, said) in [
        ("set", "", whole),
        ("set", "ten", whole),
        ("set", "-1", whole),
        ("set", "2,5", whole),
        (
            "set",
            "1000000000000",
            "A channel limit is at most 1,000,000.",
        ),
        ("raise", "0", "Enter a whole number, 1 or more."),
        ("lower", "0", "Enter a whole number, 1 or more."),
    ] {
        let fields = [("rule", rule), ("channels", typed), ("reason", "Because")];
        let refused = ann.submit(&page, FORM, &fields).await.expect(422);
        let error = error_at(&refused, "channels");
        assert!(error.starts_with(said), "{rule} {typed}: {error}");
        let kept = refused.attr_of("#channels", "value");
        assert_eq!(kept.as_deref(), Some(typed));
        let chosen = refused.attr_of("input[name=rule][checked]", "value");
        assert_eq!(chosen.as_deref(), Some(rule));
        assert!(refused.text_of("#reason").contains("Because"));
    }
    let fields = [("rule", "double"), ("channels", "2")];
    let refused = ann.submit(&page, FORM, &fields).await.expect(422);
    assert_eq!(
        error_at(&refused, "rule"),
        "Choose how to change the limits."
    );
    // Spaces around a number mean nothing, as in every other field for a limit.
    let fields = [("rule", "set"), ("channels", " 10 ")];
    ann.submit(&page, FORM, &fields).await.expect(303);
}

#[tokio::test]
async fn custom_pricing_has_no_usual_answer() {
    let (portal, ann) = swept(Role::Admin).await;
    let id = portal.sandbox.id_of("enabled").await;
    let page = open(&ann, "custom-pricing", &[&id]).await;
    assert!(!page.has("input[name=custom_pricing][checked]"));
    let refused = ann.submit(&page, FORM, &[]).await.expect(422);
    assert_eq!(error_at(&refused, "pricing"), "Choose on or off.");
    let fields = [("custom_pricing", "yes"), ("reason", "Contract")];
    let done = ann.submit(&refused, FORM, &fields).await.expect(303);
    let action = JobAction::CustomPricing { allow: true };
    assert_eq!(job(&portal, &done).await.action, action);
}

#[tokio::test]
async fn a_tag_is_added_to_many_and_only_one_that_exists_is_removed() {
    let (portal, ann) = swept(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let page = open(&ann, "remove-tag", &[&id]).await;
    let refused = ann.submit(&page, FORM, &[("tag", "Key")]).await.expect(422);
    assert_eq!(
        error_at(&refused, "tag"),
        "There is no tag \u{201c}Key\u{201d}."
    );
    let page = open(&ann, "add-tag", &[&id]).await;
    ann.submit(&page, FORM, &[("tag", "")]).await.expect(422);
    let done = ann.submit(&page, FORM, &[("tag", "Key")]).await.expect(303);
    let name = "Key".to_owned();
    assert_eq!(job(&portal, &done).await.action, JobAction::AddTag { name });

    let account = accounts::by_id(&portal.db, &id.parse().unwrap()).await;
    let actor = portal.actor(Role::Manager);
    tags::add_to_account(&portal.app, &actor, &account.unwrap().unwrap(), "Key")
        .await
        .unwrap();
    let page = open(&ann, "remove-tag", &[&id]).await;
    assert_eq!(page.attrs_of("#tag-names option", "value"), ["Key"]);
    let done = ann.submit(&page, FORM, &[("tag", "key")]).await.expect(303);
    let job = job(&portal, &done).await;
    let name = "Key".to_owned();
    assert_eq!(job.action, JobAction::RemoveTag { name });
    assert_eq!(changed(&portal, &job).await.len(), 1);
}

#[tokio::test]
async fn accounts_are_assigned_to_someone_who_can_sign_in_or_to_nobody() {
    let (portal, ann) = swept(Role::Manager).await;
    let ben = portal.staff(Role::Admin).await;
    let gone = portal.staff(Role::Viewer).await;
    members::disable(&portal, Principal::Shell, gone.staff_id, None)
        .await
        .unwrap();
    let id = portal.sandbox.id_of("enabled").await;
    let page = open(&ann, "assign", &[&id]).await;
    let (bens, gones) = (ben.staff_id.to_string(), gone.staff_id.to_string());
    let choices = page.attrs_of("#assignee option", "value");
    assert!(choices.contains(&bens) && !choices.contains(&gones));
    for (typed, said) in [
        ("", "Choose a person, or no account manager."),
        (
            gones.as_str(),
            "This person can no longer sign in. Choose someone else.",
        ),
    ] {
        let refused = ann.submit(&page, FORM, &[("assignee", typed)]).await;
        assert_eq!(error_at(&refused.expect(422), "assignee"), said);
    }
    let done = ann.submit(&page, FORM, &[("assignee", &bens)]).await;
    let job = super::job(&portal, &done.expect(303)).await;
    let name = ben.name.clone();
    let staff = Some(ben.staff_id);
    assert_eq!(job.action, JobAction::Assign { staff, name });
    let preview = ann.get(&format!("/jobs/{}?decision=change", job.id)).await;
    assert!(preview.says("Make Test Admin the account manager of 1 account?"));
    assert!(
        preview.says("No account manager") && preview.says("Test Admin"),
        "{}",
        preview.words()
    );

    let page = open(&ann, "assign", &[&id]).await;
    let done = ann.submit(&page, FORM, &[("assignee", "none")]).await;
    let job = super::job(&portal, &done.expect(303)).await;
    assert_eq!(
        job.action,
        JobAction::Assign {
            staff: None,
            name: String::new()
        }
    );
    assert_eq!(changed(&portal, &job).await.len(), 0, "it has none");
    let vic = portal.signed_in(Role::Viewer).await;
    let fields = [("list", "/accounts"), ("id", id.as_str())];
    vic.post("/accounts/bulk/assign", &fields).await.expect(403);
}
