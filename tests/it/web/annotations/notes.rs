//! Notes about accounts.

use std::time::Duration;

use reseller_portal::domain::audit::EventKind;
use reseller_portal::domain::role::Role;

use super::{HOSTILE, listed, some, told};
use crate::support::{Browser, Portal};

const FORM: &str = "#notes-new";

/// Adds a note to an account.
async fn add(browser: &Browser, id: &str, text: &str) {
    let page = browser
        .get(&format!("/accounts/{id}/notes"))
        .await
        .expect(200);
    browser
        .submit(&page, FORM, &[("note", text)])
        .await
        .expect(303);
}

#[tokio::test]
async fn a_note_says_who_wrote_it_and_when_keeps_its_lines_and_is_found_by_the_search() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let ids = some(&portal).await;
    let path = format!("/accounts/{}", ids[0]);
    let page = ann.get(&path).await.expect(200);
    let typed = "Pays late.\r\n<b>Ask</b> Zoë Łukasz";
    let added = ann
        .submit(&page, FORM, &[("note", typed)])
        .await
        .expect(303);
    assert_eq!(added.header("location"), format!("{path}#notes"));
    portal.advance(Duration::from_mins(3));
    let page = ann.follow(&added).await.expect(200);
    assert!(
        page.text.contains("Pays late.\n&#60;b&#62;Ask"),
        "line breaks stay"
    );
    let head = page.text_of(".note-head");
    assert!(
        head.contains("Account manager") && head.contains("3 min ago"),
        "{head}"
    );
    assert!(listed(&ann, "q=zoe+nobody").await.is_empty());
    assert_eq!(
        listed(&ann, "q=zoe+ask").await,
        [ids[0].as_str()],
        "in any order"
    );
    assert_eq!(listed(&ann, "q=%3C/b%3E+zoe").await, [ids[0].as_str()]);
    assert_eq!(told(&portal, EventKind::NoteAdded).await.len(), 1);
}

#[tokio::test]
async fn a_form_that_is_sent_twice_adds_one_note_and_with_another_text_none_is_lost() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let path = format!("/accounts/{}", some(&portal).await[0]);
    let page = ann.get(&path).await.expect(200);
    for _ in 0..2 {
        ann.submit(&page, FORM, &[("note", "once")])
            .await
            .expect(303);
    }
    assert_eq!(ann.get(&path).await.count(".notes > li"), 1);
    assert_eq!(told(&portal, EventKind::NoteAdded).await.len(), 1);
    portal.advance(Duration::from_secs(1));
    let other = ann
        .submit(&page, FORM, &[("note", "another")])
        .await
        .expect(409);
    assert_eq!(other.form(FORM).value("note"), Some("another"));
    ann.submit(&other, FORM, &[]).await.expect(303);
    assert_eq!(
        ann.get(&path).await.select(".note-text"),
        ["another", "once"]
    );
}

#[tokio::test]
async fn a_note_that_is_too_long_is_refused_at_its_field_and_what_was_typed_stays() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let path = format!("/accounts/{}/notes", some(&portal).await[0]);
    let page = ann.get(&path).await.expect(200);
    for long in [
        "x".repeat(100_000),
        "é".repeat(50_000),
        "a\n".repeat(50_000),
    ] {
        let refused = ann
            .submit(&page, FORM, &[("note", &long)])
            .await
            .expect(422);
        assert_eq!(
            refused.text_of("#note-help"),
            "This is too long: at most 5000 characters."
        );
        assert!(refused.has("#note[aria-invalid=true]"));
        assert_eq!(refused.form(FORM).value("note"), Some(long.as_str()));
    }
    let most = "é".repeat(5_000);
    ann.submit(&page, FORM, &[("note", &most)])
        .await
        .expect(303);
    for typed in HOSTILE {
        let page = ann.get(&path).await;
        let answer = ann.submit(&page, FORM, &[("note", typed)]).await;
        assert!(
            matches!(answer.status.as_u16(), 303 | 422),
            "{typed:?}: {}",
            answer.status
        );
    }
    assert!(!ann.get(&path).await.has("main script"));
}

#[tokio::test]
async fn pinned_notes_come_first() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let bea = portal.signed_in(Role::Admin).await;
    let id = some(&portal).await[0].clone();
    for text in ["first", "second"] {
        add(&ann, &id, text).await;
        portal.advance(Duration::from_secs(1));
    }
    let page = bea.get(&format!("/accounts/{id}")).await.expect(200);
    assert_eq!(page.select(".note-text"), ["second", "first"]);
    let pinned = bea
        .submit(&page, ".notes > li:last-child form[action$='/pin']", &[])
        .await;
    let page = bea.follow(&pinned.expect(303)).await;
    assert_eq!(page.select(".note-text"), ["first", "second"]);
    assert_eq!(page.text_of(".notes > li[data-pinned] .note-text"), "first");
    let unpinned = bea
        .submit(&page, ".notes > li[data-pinned] form[action$='/pin']", &[])
        .await;
    assert!(!bea.follow(&unpinned).await.has("[data-pinned]"));
    assert_eq!(told(&portal, EventKind::NoteChanged).await.len(), 2);
}

#[tokio::test]
async fn one_edits_ones_own_notes_and_what_two_windows_typed_is_not_lost() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let bea = portal.signed_in(Role::Owner).await;
    let id = some(&portal).await[0].clone();
    add(&ann, &id, "one").await;
    let edit = ".notes > li form:has(textarea)";
    let page = ann.get(&format!("/accounts/{id}")).await.expect(200);
    let saved = ann
        .submit(&page, edit, &[("note", "two")])
        .await
        .expect(303);
    let shown = ann.follow(&saved).await;
    assert_eq!(shown.text_of(".note-text"), "two");
    assert!(shown.text_of(".note-head").contains("edited"));
    let stale = ann
        .submit(&page, edit, &[("note", "three")])
        .await
        .expect(409);
    assert_eq!(stale.text_of(".note-text"), "two");
    assert_eq!(stale.form(edit).value("note"), Some("three"));
    assert!(stale.has(".notes details[open] textarea"));
    ann.submit(&stale, edit, &[]).await.expect(303);
    assert_eq!(listed(&ann, "q=three").await, [id.as_str()]);
    assert!(listed(&ann, "q=two").await.is_empty());

    let long = "x".repeat(5_001);
    let refused = ann
        .submit(&stale, edit, &[("note", &long)])
        .await
        .expect(422);
    assert_eq!(refused.form(edit).value("note"), Some(long.as_str()));

    assert!(!bea.get(&format!("/accounts/{id}")).await.has(edit));
    let action = page.form(edit).action;
    let closed = bea.get(&action).await.expect(200);
    assert!(closed.says("Only the author can edit a note") && !closed.has(edit));
    let foreign = bea
        .post(&action, &[("note", "mine"), ("version", "3")])
        .await;
    assert!(foreign.expect(403).says("Only the author can edit a note."));

    let now = ann.get(&format!("/accounts/{id}")).await;
    ann.submit(&now, ".notes form[action$='/delete']", &[])
        .await
        .expect(303);
    let gone = ann
        .submit(&now, edit, &[("note", "four")])
        .await
        .expect(409);
    let lost = gone.form("#notes-lost");
    assert_eq!(
        lost.value("note"),
        Some("four"),
        "it can be added as a new one"
    );
    ann.submit(&gone, "#notes-lost", &[]).await.expect(303);
    assert_eq!(ann.get(&lost.action).await.select(".note-text"), ["four"]);
}

#[tokio::test]
async fn what_is_half_typed_stays_while_another_note_is_pinned_edited_or_deleted() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = some(&portal).await[0].clone();
    for text in ["first", "second"] {
        add(&ann, &id, text).await;
        portal.advance(Duration::from_secs(1));
    }
    let path = format!("/accounts/{id}/notes");
    let page = ann.get(&path).await.expect(200);
    let edits = page.attrs_of(".notes > li form:has(textarea)", "action");
    let (second, first) = (&edits[0], &edits[1]);
    let open = |note: &str| format!("form[action='{note}'] textarea");

    let card = ann
        .post_fragment(&format!("{first}/pin"), &[("pinned", "yes")])
        .await
        .expect(200);
    assert!(card.has("#notes-new[hx-preserve]"));
    assert_eq!(card.count(".notes details[hx-preserve]:has(textarea)"), 2);
    assert!(
        card.has(&format!("form[action='{first}/pin'] button[id]")),
        "the focus finds it again"
    );

    let typed = [("note", ""), ("version", "1")];
    let card = ann.post_fragment(first, &typed).await.expect(422);
    assert!(card.has("#notes-new[hx-preserve]"));
    assert!(card.has(&format!("details[open]:not([hx-preserve]) {}", open(first))));
    assert!(card.has(&format!("details[hx-preserve] {}", open(second))));

    let card = ann
        .post_fragment(first, &[("note", "1st"), ("version", "1")])
        .await
        .expect(200);
    assert!(card.has("#notes-new[hx-preserve]"));
    assert!(card.has(&format!(
        "li[autofocus] details:not([hx-preserve], [open]):has({})",
        open(first)
    )));

    let delete = format!("{second}/delete");
    let stale = ann
        .post_fragment(&delete, &[("version", "7")])
        .await
        .expect(409);
    assert!(stale.has("#notes-new[hx-preserve]") && stale.has("[role=alert][autofocus]"));
    let card = ann
        .post_fragment(&delete, &[("version", "1")])
        .await
        .expect(200);
    assert!(card.has("#notes-new[hx-preserve]") && card.has("#h-notes[autofocus]"));

    let card = ann.post_fragment(&path, &[("note", "")]).await.expect(422);
    assert!(card.has("#notes-new:not([hx-preserve]) textarea[autofocus]"));
}

#[tokio::test]
async fn a_deleted_note_is_told_and_its_text_is_nowhere() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let ben = portal.staff(Role::Manager).await;
    let ben = portal.signed_in_as(&ben).await;
    let bea = portal.signed_in(Role::Admin).await;
    let id = some(&portal).await[0].clone();
    let path = format!("/accounts/{id}");
    let delete = ".notes form[action$='/delete']";
    add(&ann, &id, "confidential").await;
    let page = ann.get(&path).await.expect(200);
    let action = page.form(delete).action;
    assert!(!ben.get(&path).await.has(delete));
    ben.post(&action, &[("version", "1")]).await.expect(403);
    let page = bea.get(&path).await.expect(200);
    let deleted = bea.submit(&page, delete, &[]).await.expect(303);
    let page = bea.follow(&deleted).await;
    assert!(!page.has(".note"));
    assert!(
        page.says("A note by Test Account manager was deleted."),
        "{}",
        page.words()
    );
    bea.submit(&page, FORM, &[("note", "")]).await.expect(422);
    assert!(listed(&ann, "q=confidential").await.is_empty());
    let told = told(&portal, EventKind::NoteDeleted).await;
    assert!(!format!("{told:?}").contains("confidential"));
    let added = super::told(&portal, EventKind::NoteAdded).await;
    assert!(!format!("{added:?}").contains("confidential"));
    // Deleting twice is the same as once.
    bea.post(&action, &[("version", "1")]).await.expect(303);
    assert_eq!(super::told(&portal, EventKind::NoteDeleted).await.len(), 1);
}

#[tokio::test]
async fn a_viewer_reads_notes_and_writes_none() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let vic = portal.signed_in(Role::Viewer).await;
    let id = some(&portal).await[0].clone();
    add(&ann, &id, "for all to read").await;
    let page = vic.get(&format!("/accounts/{id}")).await.expect(200);
    assert_eq!(page.text_of(".note-text"), "for all to read");
    assert!(!page.has("#notes form"));
    let notes = format!("/accounts/{id}/notes");
    assert!(vic.get(&notes).await.expect(200).says("for all to read"));
    vic.post(&notes, &[("note", "x")]).await.expect(403);
    let note = ann
        .get(&notes)
        .await
        .form(".notes form:has(textarea)")
        .action;
    vic.get(&note).await.expect(403);
    assert!(
        ann.get(&note)
            .await
            .expect(200)
            .has("details[open] textarea[autofocus]")
    );
    for path in [
        note.clone(),
        format!("{note}/pin"),
        format!("{note}/delete"),
    ] {
        vic.post(&path, &[("note", "x"), ("pinned", "yes"), ("version", "1")])
            .await
            .expect(403);
    }
    assert_eq!(
        ann.get(&notes).await.select(".note-text"),
        ["for all to read"]
    );
    ann.get(&format!("{notes}/nonsense")).await.expect(404);
    ann.post(&format!("{notes}/nonsense"), &[("note", "x")])
        .await
        .expect(404);
}

#[tokio::test]
async fn web_addresses_in_a_note_are_links_and_nothing_else_is() {
    let portal = Portal::start().await;
    portal.sweep().await;
    let ann = portal.signed_in(Role::Manager).await;
    let id = portal.sandbox.id_of("enabled").await;
    let note = "See https://crm.example/a?b=1&c=<2>. Not javascript:alert(1), ftp://x.example";
    add(&ann, &id, note).await;
    let page = ann.get(&format!("/accounts/{id}/notes")).await.expect(200);
    assert_eq!(
        page.select(".note-text a"),
        ["https://crm.example/a?b=1&c="]
    );
    let href = page.attr_of(".note-text a", "href");
    assert_eq!(href.as_deref(), Some("https://crm.example/a?b=1&c="));
    assert_eq!(page.text_of(".note-text"), note);
}
