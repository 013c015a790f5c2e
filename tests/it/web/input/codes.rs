//! Codes as people type and paste them.

use std::time::Duration;

use reseller_portal::domain::role::Role;

use crate::support::{PASSWORD, Portal};
use crate::web::factors::{portal, with_app};
use crate::web::sign_in::sign_in;

fn wide(code: &str) -> String {
    let wide = |c: char| {
        if c.is_ascii_graphic() {
            char::from_u32(u32::from(c) + 0xfee0).unwrap()
        } else {
            c
        }
    };
    code.chars().map(wide).collect()
}

fn arabic(code: &str) -> String {
    let digit = |c: char| char::from_u32(0x660 + c.to_digit(10).unwrap()).unwrap();
    code.chars().map(digit).collect()
}

async fn answered(portal: &Portal, email: &str, code: &str) -> u16 {
    let browser = portal.browser();
    sign_in(&browser, email, PASSWORD).await.expect(303);
    let answer = browser
        .post("/login/second-factor", &[("code", code)])
        .await;
    answer.status.as_u16()
}

#[tokio::test]
async fn an_apps_code_is_taken_in_any_width_with_dashes_spaces_and_what_cannot_be_seen() {
    let portal = portal().await;
    let (actor, app, _) = with_app(&portal, Role::Manager).await;
    let forms: [fn(&str) -> String; 6] = [
        wide,
        arabic,
        |code| format!("{}\u{2013}{}", &code[..3], &code[3..]),
        |code| format!("\u{feff}{}\u{a0}{}\u{200b}", &code[..3], &code[3..]),
        |code| format!("{}\u{3000}{}", wide(&code[..3]), wide(&code[3..])),
        |code| code.chars().flat_map(|c| [c, '\u{200d}']).collect(),
    ];
    for form in forms {
        let typed = form(&app.code(&portal.clock));
        assert_eq!(
            answered(&portal, &actor.email, &typed).await,
            303,
            "{typed:?}"
        );
        portal.advance(Duration::from_secs(30));
    }
    let code = app.code(&portal.clock);
    for wrong in [
        format!("{code}1"),
        format!("{code}x"),
        code[..5].to_owned(),
        format!("{}é", &code[..5]),
    ] {
        assert_eq!(
            answered(&portal, &actor.email, &wrong).await,
            422,
            "{wrong:?}"
        );
        portal.advance(Duration::from_secs(1));
    }
}

#[tokio::test]
async fn a_recovery_code_is_taken_in_any_width_with_any_dashes() {
    let portal = portal().await;
    let (actor, _, codes) = with_app(&portal, Role::Manager).await;
    for typed in [
        wide(&codes[0]),
        codes[1].to_uppercase().replace('-', "\u{2014}"),
        codes[2].replace('-', "\u{2011}\u{200b}"),
        format!("\u{feff}{}\u{200b}", codes[3].replace('-', "")),
        wide(&codes[4].to_uppercase()).replace('－', "ー"),
    ] {
        assert_eq!(
            answered(&portal, &actor.email, &typed).await,
            303,
            "{typed:?}"
        );
    }
    assert_eq!(
        answered(&portal, &actor.email, &codes[0]).await,
        422,
        "each works once"
    );
}
