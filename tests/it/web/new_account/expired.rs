//! The form after an expired login.

use super::*;

#[tokio::test]
async fn after_an_expired_login_the_form_comes_back_filled_and_nothing_was_sent() {
    let (portal, ann) = stage().await;
    let sent = ann
        .request(axum::http::Method::POST, "/accounts/new/create")
        .header("referer", "http://127.0.0.1:8080/accounts/new/review");
    let review = review_of(&ann, &TYPED).await;
    let form = review.form("#create");
    portal.advance(Duration::from_hours(24 * 40));
    let fields = form.filled(&[("password", "hush hush 123")]);
    let page = sent.form(&fields).send().await.expect(401);
    assert!(!page.text.contains("hush hush 123"));
    let sign_in = page.form("form");
    let fields = sign_in.filled(&[
        ("email", "manager@example.com"),
        ("password", crate::support::PASSWORD),
    ]);
    let answer = ann.post(&sign_in.action, &fields).await.expect(303);
    let form = ann.follow(&answer).await.expect(200);
    assert!(form.says("Nothing was sent"), "{}", form.words());
    let kept = form.form("#new-account");
    for (name, value) in TYPED {
        assert_eq!(kept.value(name), Some(value));
    }
    assert!(!form.text.contains("hush hush 123"));
    assert_eq!(acmes(&portal).await.len(), 0);
}
