//! First steps of an owner on the dashboard. Each state is read from the data. A person can hide
//! the list, and show it again from the settings.

use axum::extract::State;
use axum::response::Response;

use crate::app::App;
use crate::db::staff;
use crate::domain::appearance::Appearance;
use crate::domain::role::Permission;
use crate::web::access::{Authorized, ManageSettings, Viewer};
use crate::web::error::Error;
use crate::web::format::group_thousands;
use crate::web::layout::Toast;
use crate::web::pool::PoolView;
use crate::web::render;

/// First steps, with the number of those that are done.
#[derive(Debug)]
pub(super) struct Checklist {
    pub steps: Vec<Step>,
    pub done: usize,
}

/// One of the first steps.
#[derive(Debug)]
pub(super) struct Step {
    pub title: &'static str,
    /// Reason for the step, or what there is to do.
    pub text: String,
    pub is_done: bool,
    /// Label and address of the page where it is done; `None` if no page can do it.
    pub link: Option<(&'static str, &'static str)>,
}

impl Step {
    fn new(title: &'static str, text: impl Into<String>, is_done: bool) -> Self {
        Self {
            title,
            text: text.into(),
            is_done,
            link: None,
        }
    }

    fn at(self, label: &'static str, href: &'static str) -> Self {
        let link = Some((label, href));
        Self { link, ..self }
    }
}

impl Checklist {
    /// Loads the list. Returns `None` if the person is no owner or hid it, or if all is done.
    pub(super) async fn load(
        app: &App,
        viewer: &Viewer,
        pool: &PoolView,
    ) -> Result<Option<Self>, Error> {
        let person = viewer.staff();
        if !viewer.can(Permission::ManageSettings) || person.hides_checklist {
            return Ok(None);
        }
        let has_colleague = staff::any_other(&app.db, person.id).await?;
        let appearance = app.appearance().await;
        let steps = vec![
            Step::new(
                "Set up your second factor",
                "A stolen password alone is then not enough to sign in.",
                person.second_factor,
            )
            .at("Set up", "/profile/factors"),
            Step::new(
                "Invite a colleague",
                "A second owner can help if you lose access.",
                has_colleague,
            )
            .at("Invite", "/staff/new"),
            limits_step(pool),
            Step::new(
                "Set up email",
                "Set PORTAL_SMTP_URL and PORTAL_MAIL_FROM on the server and restart the portal. \
                 Until then, you pass on invitations and reset links yourself.",
                app.mail.is_some(),
            ),
            Step::new(
                "Choose a name, color or logo",
                "Your staff see them on every page and when they sign in.",
                is_chosen(&appearance),
            )
            .at("Choose", "/settings/appearance"),
        ];
        let done = steps.iter().filter(|step| step.is_done).count();
        let list = Self { steps, done };
        Ok(Some(list).filter(|list| list.done < list.steps.len()))
    }
}

fn limits_step(pool: &PoolView) -> Step {
    let unknown = pool.holding.unknown_accounts();
    let accounts = match unknown {
        1 => "1 account has".to_owned(),
        many => format!("{} accounts have", group_thousands(many)),
    };
    let text = format!(
        "Telnyx reports a limit only when it is set. {accounts} no known limit. Copy them from \
         Mission Control."
    );
    Step::new("Record channel limits", text, unknown == 0).at("Record", "/channels/record")
}

fn is_chosen(appearance: &Appearance) -> bool {
    appearance.name.is_some() || appearance.accent.is_some() || appearance.logo.is_some()
}

/// `POST /checklist/hide`
pub(super) async fn hide(
    may: Authorized<ManageSettings>,
    State(app): State<App>,
) -> Result<Response, Error> {
    staff::set_hides_checklist(&app.db, may.staff().id, true).await?;
    let toast = Toast::success("The list is hidden. You can show it again from the settings.");
    may.toast(toast).await?;
    Ok(render::redirect("/"))
}

/// `POST /checklist/show`
pub(super) async fn show(
    may: Authorized<ManageSettings>,
    State(app): State<App>,
) -> Result<Response, Error> {
    staff::set_hides_checklist(&app.db, may.staff().id, false).await?;
    Ok(render::redirect("/"))
}
