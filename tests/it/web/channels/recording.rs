//! Recording limits that Mission Control shows.

use reseller_portal::domain::role::Role;

use super::{known, limit_of, row};
use crate::support::Portal;

#[tokio::test]
async fn one_limit_is_recorded_from_its_row_and_stays_unconfirmed() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    let ann = portal.signed_in(Role::Manager).await;
    let page = ann.get(&format!("/channels?q={id}")).await.expect(200);
    let way = page
        .attr_of(&format!("{} a[href*='/record']", row(&id)), "href")
        .unwrap();
    let form = ann.get(&way).await.expect(200);
    assert!(form.says("Known here not known"), "{}", form.words());
    for (typed, said) in [
        ("", "Enter a whole number"),
        ("-3", "Enter a whole number"),
        ("9999999", "at most 1,000,000"),
    ] {
        let refused = ann
            .submit(&form, "form.confirm", &[("channel_limit", typed)])
            .await
            .expect(422);
        assert!(refused.text_of(".field-error").contains(said), "{typed}");
        assert_eq!(
            refused.attr_of("#record-limit", "value").as_deref(),
            Some(typed)
        );
    }
    let left = ann
        .submit(&form, "form.confirm", &[("channel_limit", "33")])
        .await;
    assert_eq!(left.leads_to(), Some(format!("/channels?q={id}#row-{id}")));
    let page = ann.follow(&left).await.expect(200);
    let words = page.text_of(&row(&id));
    assert!(
        words.contains("33 recorded by Test Account manager"),
        "{words}"
    );
    assert!(
        words.contains("as seen in Mission Control, not confirmed by Telnyx"),
        "{words}"
    );
    assert_eq!(portal.sandbox.changes().await, [""; 0], "nothing is sent");
}

#[tokio::test]
async fn in_a_dialog_only_the_form_comes_and_its_answers_stay_in_it() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    let ann = portal.signed_in(Role::Manager).await;
    let form = ann
        .get_fragment(&format!("/channels/{id}/record"))
        .await
        .expect(200);
    assert!(form.has("[data-confirm]") && !form.has("aside.sidebar"));
    let to = form.form("form.confirm").action;
    let refused = ann
        .post_fragment(&to, &[("channel_limit", "x")])
        .await
        .expect(422);
    assert!(refused.has("[data-confirm] [aria-invalid]") && !refused.has("aside.sidebar"));
    let left = ann.post_fragment(&to, &[("channel_limit", "4")]).await;
    assert_eq!(
        left.leads_to().as_deref(),
        Some("/channels"),
        "a fragment alone loads nothing"
    );
    assert_eq!(limit_of(&portal, &id).await, Some(4));
}

#[tokio::test]
async fn what_became_known_after_the_form_was_shown_is_not_overwritten() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let id = portal.sandbox.id_of("enabled").await;
    let ann = portal.signed_in(Role::Manager).await;
    let form = ann.get(&format!("/channels/{id}/record")).await.expect(200);
    portal.advance(std::time::Duration::from_mins(1));
    known(&portal, &id, 12).await;
    let refused = ann
        .submit(&form, "form.confirm", &[("channel_limit", "33")])
        .await
        .expect(422);
    assert!(
        refused
            .text_of(".field-error")
            .contains("A newer value is known: 12"),
        "{}",
        refused.words()
    );
    assert_eq!(limit_of(&portal, &id).await, Some(12));
}

#[tokio::test]
async fn pasted_lines_are_checked_shown_and_recorded_when_all_are_right() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let (one, two) = (
        portal.sandbox.id_of("enabled").await,
        portal.sandbox.id_of("disabled").await,
    );
    let email = portal.sandbox.account(&two).await["email"]
        .as_str()
        .unwrap()
        .to_owned();
    let ann = portal.signed_in(Role::Manager).await;
    let page = ann.get("/channels/record").await.expect(200);

    let wrong = format!("{one}, 30\n\n{email}\tten\nnobody@nowhere.example, 5\n<b>x</b>, 1");
    let refused = ann
        .submit(&page, "main form", &[("lines", &wrong), ("step", "record")])
        .await
        .expect(422);
    let errors = refused.select(".field-error");
    assert_eq!(errors.len(), 3, "{errors:?}");
    assert!(
        errors[0].starts_with("Line 3,")
            && errors[1].starts_with("Line 4,")
            && errors[2].starts_with("Line 5, “<b>x</b>")
    );
    assert_eq!(
        refused.form("main form").value("lines"),
        Some(wrong.as_str())
    );
    assert_eq!(
        limit_of(&portal, &one).await,
        None,
        "nothing until every line is right"
    );

    let right = format!("{one}, 30\n{email}; 1,000\n");
    let preview = ann
        .submit(&page, "main form", &[("lines", &right), ("step", "check")])
        .await
        .expect(200);
    assert_eq!(preview.count("tbody tr"), 2);
    assert!(preview.says("Record 2 limits"));
    assert_eq!(
        limit_of(&portal, &one).await,
        None,
        "a preview records nothing"
    );

    let left = ann
        .submit(&preview, "main form", &[("step", "record")])
        .await;
    let page = ann.follow(&left).await.expect(200);
    assert!(
        page.text_of(".toast")
            .contains("2 limits recorded, as seen in Mission Control, not confirmed by Telnyx")
    );
    assert_eq!(
        (limit_of(&portal, &one).await, limit_of(&portal, &two).await),
        (Some(30), Some(1_000))
    );
    assert_eq!(portal.sandbox.changes().await, [""; 0], "nothing is sent");
}

#[tokio::test]
async fn what_cannot_be_recorded_although_its_line_is_right_is_said_line_by_line() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let (one, two) = (
        portal.sandbox.id_of("enabled").await,
        portal.sandbox.id_of("disabled").await,
    );
    let ann = portal.signed_in(Role::Manager).await;
    let page = ann.get("/channels/record").await.expect(200);
    portal.advance(std::time::Duration::from_mins(1));
    known(&portal, &two, 12).await;
    let lines = format!("{one}, 30\n{two}, 33");
    let told = ann
        .submit(&page, "main form", &[("lines", &lines), ("step", "record")])
        .await
        .expect(422);
    assert!(told.says("1 recorded, 1 not"), "{}", told.words());
    assert!(
        told.text_of(".notice")
            .contains("A newer value is known: 12")
    );
    assert_eq!(
        (limit_of(&portal, &one).await, limit_of(&portal, &two).await),
        (Some(30), Some(12))
    );
}

#[tokio::test]
async fn nothing_pasted_and_too_much_pasted_are_refused_in_words() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let page = ann.get("/channels/record").await.expect(200);
    let nothing = ann
        .submit(&page, "main form", &[("lines", " \n "), ("step", "check")])
        .await
        .expect(422);
    assert_eq!(nothing.select(".field-error"), ["Paste at least one line."]);
    let many = "a@b.example, 1\n".repeat(2_001);
    let refused = ann
        .submit(&page, "main form", &[("lines", &many), ("step", "check")])
        .await
        .expect(422);
    assert!(
        refused
            .text_of(".field-error")
            .contains("At most 2,000 lines"),
        "{}",
        refused.words()
    );
}
