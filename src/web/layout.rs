//! Layout around every page (`templates/layout.html`): title, navigation, banners, toast and the
//! signed-in person. The page's own struct holds its content.

use crate::domain::density::Density;
use crate::domain::role::Permission;
use crate::domain::theme::Theme;

/// Layout of a page for signed-in people. The page's struct holds it in the field `layout`.
#[derive(Clone, Debug)]
pub struct Layout {
    /// Name of the page, for the browser's title and history.
    pub title: String,
    /// Area of the portal that the page belongs to.
    pub section: Section,
    /// Name of the signed-in person.
    pub staff_name: String,
    /// Email address of the signed-in person.
    pub staff_email: String,
    /// Label of their role, such as "Account manager".
    pub role_name: &'static str,
    /// Banners to show on every page, most serious first.
    pub banners: Vec<Banner>,
    /// Entries of the sidebar that the role may open.
    pub nav: Vec<NavItem>,
    /// Running and paused jobs of the signed-in person.
    pub jobs: Vec<JobProgress>,
    /// Number of unread notifications of the signed-in person.
    pub unread: i64,
    /// Result of the last request, shown once.
    pub toast: Option<Toast>,
    /// Address of the page if it waits for something. Without scripts, people reload it by hand.
    pub refresh: Option<String>,
    /// IANA name of the reader's time zone.
    pub time_zone: String,
    /// Height of the rows that the reader chose.
    pub density: Density,
    /// Colors that the reader chose.
    pub theme: Theme,
    /// Keys that work for the reader, as the script reads them.
    pub shortcuts: String,
}

impl Layout {
    /// Returns the number of unread notifications for the bell; empty if there are none.
    #[must_use]
    pub fn unread_count(&self) -> String {
        match self.unread {
            ..=0 => String::new(),
            100.. => "99+".to_owned(),
            few => few.to_string(),
        }
    }

    /// Returns one or two letters for the round icon beside the name.
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

/// Area of the portal. The order is that of the sidebar.
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
    /// `/jobs` and below.
    Jobs,
    /// `/activity`
    Activity,
    /// `/org-users` and below.
    OrgUsers,
    /// `/staff` and below.
    Staff,
    /// `/settings`
    Settings,
    /// Pages without an entry in the sidebar: the profile and errors.
    #[default]
    Other,
}

impl Section {
    /// Sections with an entry in the sidebar.
    pub const ALL: [Self; 9] = [
        Self::Dashboard,
        Self::Accounts,
        Self::Tags,
        Self::Channels,
        Self::Jobs,
        Self::Activity,
        Self::OrgUsers,
        Self::Staff,
        Self::Settings,
    ];

    /// Returns the address, label and icon of the entry. Returns `None` for [`Section::Other`].
    #[must_use]
    pub fn nav_entry(self) -> Option<(&'static str, &'static str, &'static str)> {
        match self {
            Self::Dashboard => Some(("/", "Dashboard", "layout-dashboard")),
            Self::Accounts => Some(("/accounts", "Accounts", "building-2")),
            Self::Tags => Some(("/tags", "Tags", "tag")),
            Self::Channels => Some(("/channels", "Channels", "audio-waveform")),
            Self::Jobs => Some(("/jobs", "Jobs", "list-checks")),
            Self::Activity => Some(("/activity", "Activity", "history")),
            Self::OrgUsers => Some(("/org-users", "Telnyx users", "users")),
            Self::Staff => Some(("/staff", "Staff", "user-cog")),
            Self::Settings => Some(("/settings", "Settings", "settings")),
            Self::Other => None,
        }
    }

    /// Returns the permission that is required to open the section.
    #[must_use]
    pub const fn required_permission(self) -> Permission {
        match self {
            Self::Settings => Permission::ManageSettings,
            _ => Permission::Read,
        }
    }

    /// Returns the entries of the sections for which `may` returns `true`. Marks `self` as current.
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

/// Entry of the sidebar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NavItem {
    /// Address it leads to.
    pub href: &'static str,
    /// Label of the entry.
    pub label: &'static str,
    /// Icon of the entry, from `static/icons.svg`.
    pub icon: &'static str,
    /// True if the page belongs to the entry.
    pub current: bool,
}

impl NavItem {
    /// Returns a note below the label, if the label alone could be misunderstood.
    #[must_use]
    pub fn note(&self) -> &'static str {
        match self.href {
            "/org-users" => "our organization",
            "/staff" => "sign in to this portal",
            _ => "",
        }
    }
}

/// Banner across every page. It tells of practice mode, a Telnyx outage, a refused key, another
/// manager, or read-only mode.
#[derive(Clone, Debug)]
pub struct Banner {
    /// `practice`, `warning`, `danger` or `info`.
    pub kind: &'static str,
    /// Icon of the banner, from `static/icons.svg`.
    pub icon: &'static str,
    /// Text of the banner.
    pub text: String,
    /// Label and address of a link to a remedy.
    pub link: Option<(String, String)>,
}

/// Progress of a running or paused job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JobProgress {
    /// Address of the job.
    pub href: String,
    /// Title of the job.
    pub title: String,
    /// Progress in words: "120 of 218 finished".
    pub text: String,
    /// Number of items with a result.
    pub finished: i64,
    /// Number of all items.
    pub total: i64,
    /// True if the job is running, so that the progress changes by itself.
    pub is_running: bool,
}

/// Result of the last request, shown once in the corner.
#[derive(Clone, Debug)]
pub struct Toast {
    /// `success`, `info`, `warning` or `danger`.
    pub kind: &'static str,
    /// Text of the toast.
    pub text: String,
    /// More sentences, which the page shows as a notice on top. Empty if the text says everything.
    pub note: String,
    /// ID of the operation that the Undo button reverts (`POST /operations/{id}/undo`).
    pub undo: Option<String>,
    /// Address of the list to which the Undo button leads back; empty for the account's page.
    pub list: String,
    /// Label and address of a page with more about it.
    pub link: Option<(String, String)>,
}

impl Toast {
    /// Returns `true` if its link leads to this page.
    #[must_use]
    pub fn leads_to(&self, page: &str) -> bool {
        self.link.as_ref().is_some_and(|(_, href)| href == page)
    }

    /// Returns a toast without Undo.
    #[must_use]
    pub fn new(kind: &'static str, text: impl Into<String>) -> Self {
        Self {
            kind,
            text: text.into(),
            note: String::new(),
            undo: None,
            list: String::new(),
            link: None,
        }
    }

    /// Makes the Undo button lead back to this list.
    #[must_use]
    pub fn in_list(mut self, list: &str) -> Self {
        list.clone_into(&mut self.list);
        self
    }

    /// Returns a toast that confirms success.
    #[must_use]
    pub fn success(text: impl Into<String>) -> Self {
        Self::new("success", text)
    }

    /// Returns the kind of the notice that shows the note.
    #[must_use]
    pub fn notice_kind(&self) -> &'static str {
        match self.kind {
            "danger" => "bad",
            "warning" => "warn",
            "info" => "info",
            _ => "good",
        }
    }

    /// Returns the toast with its note as part of the text, for a page that shows no notice.
    #[must_use]
    pub fn with_note_in_text(&self) -> Self {
        let mut toast = self.clone();
        if !toast.note.is_empty() {
            toast.text = format!("{} {}", toast.text, toast.note);
            toast.note.clear();
        }
        toast
    }

    /// Returns the name of the icon in `static/icons.svg`.
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
            jobs: Vec::new(),
            unread: 120,
            toast: Some(Toast {
                kind: "success",
                text: "Done & said".to_owned(),
                note: String::new(),
                undo: Some("0199".to_owned()),
                list: String::new(),
                link: None,
            }),
            refresh: Some("/accounts?page=2".to_owned()),
            time_zone: "Europe/Amsterdam".to_owned(),
            density: Density::default(),
            theme: Theme::default(),
            shortcuts: String::new(),
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
    fn the_bell_counts_up_to_ninety_nine() {
        let count = |unread| Layout { unread, ..layout() }.unread_count();
        assert_eq!([0, 1, 99, 100].map(count), ["", "1", "99", "99+"]);
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
