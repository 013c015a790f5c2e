//! Tests of reading the onboarding form's fields.

use super::*;

fn fields(name: &str, email: &str, rollup: &str, pricing: &str, limit: &str) -> NewAccountFields {
    NewAccountFields {
        organization_name: name.into(),
        email: email.into(),
        rollup_billing: rollup.into(),
        custom_pricing: pricing.into(),
        channel_limit: limit.into(),
        ..NewAccountFields::default()
    }
}

#[test]
fn what_is_right_is_read_and_comes_back_from_the_operation() {
    let wanted = fields(" Acme Ltd ", " a@acme.example ", "No", "", " 1,200 ")
        .read()
        .expect("all right");
    assert_eq!(
        wanted,
        NewAccount {
            organization_name: "Acme Ltd".to_owned(),
            email: Some("a@acme.example".to_owned()),
            rollup_billing: false,
            custom_pricing: false,
            channel_limit: ChannelLimit::new(1_200).ok(),
            details: AccountDetails::default(),
        }
    );
    let mut again = NewAccountFields::from_change(&wanted.change(true));
    assert_eq!(again.read(), Some(wanted));
    let blank = fields("Acme", " ", "yes", "no", " ")
        .read()
        .expect("all right");
    assert_eq!((blank.email, blank.channel_limit), (None, None));
}

#[test]
fn every_wrong_field_has_its_message_and_keeps_what_was_typed() {
    let long = "n".repeat(256);
    for (name, email, rollup, pricing, limit, at) in [
        ("", "", "yes", "", "", "organization_name"),
        (" \t ", "", "yes", "", "", "organization_name"),
        (long.as_str(), "", "yes", "", "", "organization_name"),
        ("a\0b", "", "yes", "", "", "organization_name"),
        ("a\nb", "", "yes", "", "", "organization_name"),
        ("Acme", "acme", "yes", "", "", "email"),
        ("Acme", "a@acme", "yes", "", "", "email"),
        ("Acme", "a b@acme.example", "yes", "", "", "email"),
        ("Acme", "", "", "", "", "rollup_billing"),
        ("Acme", "", "maybe", "", "", "rollup_billing"),
        ("Acme", "", "yes", "perhaps", "", "custom_pricing"),
        ("Acme", "", "yes", "", "-1", "channel_limit"),
        ("Acme", "", "yes", "", "1.5", "channel_limit"),
        (
            "Acme",
            "",
            "yes",
            "",
            "99999999999999999999999",
            "channel_limit",
        ),
    ] {
        let mut form = fields(name, email, rollup, pricing, limit);
        let typed = form.clone();
        assert_eq!(form.read(), None, "{at}");
        assert_eq!(form.error_count(), 1, "{at}: {form:?}");
        let values = |fields: &NewAccountFields| {
            [
                fields.organization_name.value.clone(),
                fields.email.value.clone(),
                fields.channel_limit.value.clone(),
            ]
        };
        assert_eq!(values(&form), values(&typed), "{at}");
        let mut blamed = NewAccountFields::default();
        assert!(blamed.set_error(at, "x"));
        let is_wrong = |fields: &NewAccountFields| {
            [
                fields.organization_name.is_wrong(),
                fields.email.is_wrong(),
                fields.rollup_billing.is_wrong(),
                fields.custom_pricing.is_wrong(),
                fields.channel_limit.is_wrong(),
            ]
        };
        assert_eq!(is_wrong(&form), is_wrong(&blamed), "{at}");
    }
}

#[test]
fn details_are_read_and_come_back_from_the_operation() {
    let ann = "01980000-0000-7000-8000-000000000001";
    let mut form = NewAccountFields {
        display_name: " Acme (Berlin) ".into(),
        tags: "Key account, \"North, East\", key account".into(),
        assignee: ann.into(),
        note: "Call\r\nfirst.".into(),
        welcome_email: "on".into(),
        ..fields("Acme", "a@acme.example", "yes", "no", "")
    };
    let wanted = form.read().expect("all right");
    assert_eq!(
        wanted.details,
        AccountDetails {
            display_name: Some("Acme (Berlin)".to_owned()),
            note: Some("Call\nfirst.".to_owned()),
            tags: vec!["Key account".to_owned(), "North, East".to_owned()],
            assignee: ann.parse().ok(),
            welcome_email: true,
        }
    );
    let mut again = NewAccountFields::from_change(&wanted.change(false));
    assert_eq!(again.read(), Some(wanted));
}

#[test]
fn wrong_details_have_their_message() {
    let long = "n".repeat(5_001);
    for (at, typed) in [
        ("display_name", "a\nb"),
        ("tags", "a\0b"),
        ("assignee", "ann"),
        ("note", long.as_str()),
        ("welcome_email", "perhaps"),
        ("welcome_email", "yes"),
    ] {
        let mut form = fields("Acme", "", "yes", "", "");
        let field = match at {
            "display_name" => &mut form.display_name,
            "tags" => &mut form.tags,
            "assignee" => &mut form.assignee,
            "note" => &mut form.note,
            _ => &mut form.welcome_email,
        };
        *field = typed.into();
        assert_eq!(form.read(), None, "{at}");
        assert_eq!(form.first_invalid(), Some(at));
        assert_eq!(form.error_count(), 1, "{at}: {form:?}");
    }
}
