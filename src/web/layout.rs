//! Frame around every page (`templates/layout.html`): title, navigation, banners, toast, who is signed in. The content
//! of a page is in the page's own struct.

use crate::domain::role::Permission;

/// The frame of a signed-in page. A page's struct has it as the field `layout`.
#[derive(Clone, Debug)]
pub struct Layout {
    /// The page's name, in the browser's title and history.
    pub title: String,
    /// The area of the portal that the page belongs to.
    pub section: Section,
    /// Name of whoever is signed in.
    pub staff_name: String,
    /// E-mail of whoever is signed in.
    pub staff_email: String,
    /// The role in words, such as "Account manager".
    pub role_name: &'static str,
    /// Banners to show on every page, most serious first.
    pub banners: Vec<Banner>,
    /// The sidebar's entries, only those that the role may open.
    pub nav: Vec<NavItem>,
    /// Result of the last request, shown once.
    pub toast: Option<Toast>,
    /// The page's own address when it waits for something: without scripts it is loaded again by hand.
    pub refresh: Option<String>,
    /// The reader's time zone, as IANA names it.
    pub time_zone: String,
}

impl Layout {
    /// One or two letters for the round mark beside the name.
    #[must_use]
    pub fn initials(&self) -> String {
        let words: Vec<&str> = self.staff_name.split_whitespace().collect();
        let ends = match words.as_slice() {
            [] => vec![self.staff_email.as_str()],
            [only] => vec![*only],
            [first, .., last] => vec![*first, *last],
        };
        ends.iter()
            .filter_map(|word| word.chars().next())
            .flat_map(char::to_uppercase)
            .collect()
    }
}

/// The areas of the portal, in the order of the sidebar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Section {
    /// `/`
    Dashboard,
    /// `/accounts` and below.
    Accounts,
    /// `/tags` and below.
    Tags,
    /// `/channels`
    Channels,
    /// `/activity`
    Activity,
    /// `/org-users` and below.
    OrgUsers,
    /// `/staff` and below.
    Staff,
    /// `/settings`
    Settings,
    /// Pages that no entry of the sidebar leads to: the profile, errors.
    #[default]
    Other,
}

impl Section {
    /// All that have an entry in the sidebar.
    pub const ALL: [Self; 8] = [
        Self::Dashboard,
        Self::Accounts,
        Self::Tags,
        Self::Channels,
        Self::Activity,
        Self::OrgUsers,
        Self::Staff,
        Self::Settings,
    ];

    /// Address, label and icon of its entry; none for [`Section::Other`].
    #[must_use]
    pub fn nav_entry(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::Dashboard => Some(("/", "Dashboard", "layout-dashboard")),
            Self::Accounts => Some(("/accounts", "Accounts", "building-2")),
            Self::Tags => Some(("/tags", "Tags", "tag")),
            Self::Channels => Some(("/channels", "Channels", "audio-waveform")),
            Self::Activity => Some(("/activity", "Activity", "history")),
            Self::OrgUsers => Some(("/org-users", "Telnyx users", "users")),
            Self::Staff => Some(("/staff", "Staff", "user-cog")),
            Self::Settings => Some(("/settings", "Settings", "settings")),
            Self::Other => None,
        }
    }

    /// Returns the permission that is required to open it.
    #[must_use]
    pub const fn required_permission(self) -> Permission {
        match self {
            Self::Settings => Permission::ManageSettings,
            _ => Permission::Read,
        }
    }

    /// The sidebar's entries for whoever may open the sections that `may` admits, with `self` marked as current.
    #[must_use]
    pub fn nav(self, may: impl Fn(Self) -> bool) -> Vec<NavItem> {
        Self::ALL
            .into_iter()
            .filter(|section| may(*section))
            .filter_map(|section| {
                section.nav_entry().map(|(href, label, icon)| NavItem {
                    href,
                    label,
                    icon,
                    current: section == self,
                })
            })
            .collect()
    }
}

/// An entry of the sidebar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NavItem {
    /// Address it leads to.
    pub href: &'static str,
    /// Label of the entry.
    pub label: &'static str,
    /// Its symbol in `static/icons.svg`.
    pub icon: &'static str,
    /// True if the page belongs to it.
    pub current: bool,
}

impl NavItem {
    /// A word below the label, where the label alone would be taken for something else.
    #[must_use]
    pub fn note(&self) -> &'static str {
        match self.href {
            "/org-users" => "our organization",
            "/staff" => "sign in to this portal",
            _ => "",
        }
    }
}

/// A line across every page: practice, Telnyx down, key refused, other manager, read only.
#[derive(Clone, Debug)]
pub struct Banner {
    /// `practice`, `warning`, `danger` or `info`.
    pub kind: &'static str,
    /// Its symbol in `static/icons.svg`.
    pub icon: &'static str,
    /// The sentence.
    pub text: String,
    /// Label and address of what can be done about it.
    pub link: Option<(String, String)>,
}

/// Result of the last request, shown once in the corner.
#[derive(Clone, Debug)]
pub struct Toast {
    /// `success`, `info`, `warning` or `danger`.
    pub kind: &'static str,
    /// The sentence.
    pub text: String,
    /// Id of the operation that its Undo button takes back (`POST /operations/{id}/undo`).
    pub undo: Option<String>,
}

impl Toast {
    /// Returns a toast without Undo.
    #[must_use]
    pub fn new(kind: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            undo: None,
        }
    }

    /// Returns a toast that says that something was done.
    #[must_use]
    pub fn success(text: impl Into<String>) -> Self {
        Self::new("success", text)
    }

    /// Its symbol in `static/icons.svg`.
    #[must_use]
    pub fn icon(&self) -> &'static str {
        match self.kind {
            "danger" => "circle-x",
            "warning" => "triangle-alert",
            "info" => "info",
            _ => "circle-check",
        }
    }
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;

    #[derive(Template)]
    #[template(path = "layout.html")]
    struct Bare {
        layout: Layout,
    }

    fn layout() -> Layout {
        Layout {
            title: "Accounts <all>".to_owned(),
            section: Section::Accounts,
            staff_name: "Ann van Dyk".to_owned(),
            staff_email: "ann@example.com".to_owned(),
            role_name: "Account manager",
            banners: vec![Banner {
                kind: "practice",
                icon: "flask-conical",
                text: "Practice".to_owned(),
                link: None,
            }],
            nav: Section::Accounts.nav(|section| section != Section::Staff),
            toast: Some(Toast {
                kind: "success",
                text: "Done & said".to_owned(),
                undo: Some("0199".to_owned()),
            }),
            refresh: Some("/accounts?page=2".to_owned()),
            time_zone: "Europe/Amsterdam".to_owned(),
        }
    }

    #[test]
    fn the_frame_shows_what_the_shell_says_as_text() {
        let html = Bare { layout: layout() }.render().expect("renders");
        assert!(html.contains("<title>Accounts &#60;all&#62;"), "{html}");
        assert!(html.contains(r#"action="/operations/0199/undo""#), "{html}");
        assert!(
            html.contains(r#"<a href="/accounts?page=2">Refresh</a>"#),
            "{html}"
        );
        assert!(
            !html.contains("http-equiv"),
            "a page that reloads by itself cannot be stopped: {html}"
        );
        assert!(html.contains("Practice"), "{html}");
    }

    #[test]
    fn the_frame_has_no_inline_script_style_or_foreign_address() {
        let html = Bare { layout: layout() }.render().expect("renders");
        for banned in [
            " style=",
            "<style",
            " onclick=",
            "hx-on",
            "js:",
            "//cdn",
            "https://",
        ] {
            assert!(!html.contains(banned), "{banned} in {html}");
        }
        assert_eq!(
            html.matches("<script").count(),
            html.matches("<script src=\"/static/").count()
        );
    }

    #[test]
    fn the_sidebar_marks_one_entry_and_leaves_out_what_the_role_lacks() {
        let nav = layout().nav;
        assert_eq!(nav.iter().filter(|item| item.current).count(), 1);
        assert!(nav.iter().all(|item| item.href != "/staff"));
    }

    #[test]
    fn initials_are_those_of_the_first_and_the_last_name_or_of_the_e_mail() {
        assert_eq!(layout().initials(), "AD");
        let nameless = Layout {
            staff_name: "  ".to_owned(),
            ..layout()
        };
        assert_eq!(nameless.initials(), "A");
    }
}
