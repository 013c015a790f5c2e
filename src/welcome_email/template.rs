//! Template of the welcome email, a setting of the portal.

use crate::app::App;
use crate::db::{self, settings};
use crate::domain::actor::Actor;
use crate::domain::audit::{Event, EventKind, EventOutcome};
use crate::domain::welcome_email::WelcomeEmailTemplate;

/// Outcome of saving the template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TemplateOutcome {
    /// The template is as requested.
    Done,
    /// Someone else changed it since the form was shown. Holds the current template.
    Stale(WelcomeEmailTemplate),
}

/// Returns the template. Until someone changes it, it is the portal's own.
pub async fn template(app: &App) -> db::Result<WelcomeEmailTemplate> {
    let stored = settings::value(&app.db, settings::WELCOME_EMAIL).await?;
    Ok(parse(stored.as_deref()))
}

/// Saves the template. Its version is the one that the form showed.
pub async fn save_template(
    app: &App,
    actor: &Actor,
    mut new: WelcomeEmailTemplate,
) -> db::Result<TemplateOutcome> {
    let mut tx = app.db.begin().await?;
    settings::set_if_absent(&mut tx, settings::WELCOME_EMAIL, "").await?;
    let stored = settings::lock(&mut tx, settings::WELCOME_EMAIL).await?;
    let now = parse(stored.as_deref());
    if (&now.subject, &now.body) == (&new.subject, &new.body) {
        return Ok(TemplateOutcome::Done);
    }
    if now.version != new.version {
        return Ok(TemplateOutcome::Stale(now));
    }
    new.version += 1;
    settings::set(&mut tx, settings::WELCOME_EMAIL, &serialize(&new)).await?;
    let is_text_changed = now.body != new.body;
    let is_subject_changed = now.subject != new.subject;
    let event = Event {
        before: is_subject_changed.then_some(now.subject),
        after: is_subject_changed.then_some(new.subject),
        message: if is_text_changed {
            "Its text was changed.".to_owned()
        } else {
            String::new()
        },
        ..Event::by_actor(
            actor,
            EventKind::SettingsChanged,
            EventOutcome::Done,
            "Welcome email",
        )
    };
    db::audit::append(&mut tx, &app.audit_key, app.clock.now(), &event).await?;
    tx.commit().await?;
    Ok(TemplateOutcome::Done)
}

fn parse(stored: Option<&str>) -> WelcomeEmailTemplate {
    let stored = stored.filter(|stored| !stored.is_empty());
    stored
        .and_then(|stored| serde_json::from_str(stored).ok())
        .unwrap_or_default()
}

fn serialize(template: &WelcomeEmailTemplate) -> String {
    serde_json::json!(template).to_string()
}
