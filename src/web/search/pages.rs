//! Pages in the search.

use super::entry::{self, Entry, Target};
use crate::domain::role::Permission;
use crate::domain::text::TextSearch;
use crate::web::access::Viewer;
use crate::web::layout::Section;

/// Maximum number of pages that match a text.
const MAX_PAGES: usize = 5;

/// Page that the search leads to.
struct Page {
    href: &'static str,
    icon: &'static str,
    title: &'static str,
    /// Other names that people may type.
    keywords: &'static str,
    permission: Permission,
}

/// Pages without an entry in the sidebar.
const OTHERS: [Page; 13] = [
    Page {
        href: "/notifications",
        icon: "bell",
        title: "Notifications",
        keywords: "bell, unread, alerts",
        permission: Permission::Read,
    },
    Page {
        href: "/accounts?calls=cannot",
        icon: "phone-off",
        title: "Accounts that cannot call",
        keywords: "blocked, disabled, no credit, limit 0",
        permission: Permission::Read,
    },
    Page {
        href: "/accounts?needs=low-balance&sort=balance",
        icon: "wallet",
        title: "Accounts with low balance",
        keywords: "credit, funds",
        permission: Permission::Read,
    },
    Page {
        href: "/channels?show=zero",
        icon: "phone-off",
        title: "Accounts with limit 0",
        keywords: "blocked calls, zero channels",
        permission: Permission::Read,
    },
    Page {
        href: "/channels?show=reclaim",
        icon: "audio-waveform",
        title: "Disabled accounts with channels",
        keywords: "reclaim",
        permission: Permission::Read,
    },
    Page {
        href: "/profile",
        icon: "user",
        title: "Profile",
        keywords: "name, password, time zone, devices",
        permission: Permission::Read,
    },
    Page {
        href: "/profile/factors",
        icon: "key-round",
        title: "Second factor and passkeys",
        keywords: "two-factor, authenticator app, recovery codes",
        permission: Permission::Read,
    },
    Page {
        href: "/accounts?assignee=me",
        icon: "user",
        title: "My accounts",
        keywords: "mine, account manager",
        permission: Permission::Read,
    },
    Page {
        href: "/accounts/views",
        icon: "eye",
        title: "Saved views of accounts",
        keywords: "filters",
        permission: Permission::Read,
    },
    Page {
        href: "/org-users/groups",
        icon: "users",
        title: "Groups of Telnyx users",
        keywords: "report",
        permission: Permission::Read,
    },
    Page {
        href: "/org-users/reviews",
        icon: "list-checks",
        title: "Access reviews of Telnyx users",
        keywords: "recertification, audit, joiners, leavers",
        permission: Permission::Read,
    },
    Page {
        href: "/activity/verification",
        icon: "history",
        title: "Verify audit trail",
        keywords: "hash chain",
        permission: Permission::Read,
    },
    Page {
        href: "/channels/record",
        icon: "audio-waveform",
        title: "Record channel limits",
        keywords: "paste",
        permission: Permission::ChangeLimits,
    },
];

/// Returns other names of a section that people may type.
const fn keywords(section: Section) -> &'static str {
    match section {
        Section::Dashboard => "home, overview",
        Section::Accounts => "managed accounts, customers",
        Section::Channels => "channel pool, limits",
        Section::Jobs => "bulk work",
        Section::Activity => "audit trail, history, log",
        Section::OrgUsers => "organization users",
        Section::Staff => "team, roles, colleagues",
        Section::Settings => "welcome email",
        Section::Tags | Section::Other => "",
    }
}

fn section_pages() -> impl Iterator<Item = Page> {
    Section::ALL.into_iter().filter_map(|section| {
        let (href, title, icon) = section.nav_entry()?;
        Some(Page {
            href,
            icon,
            title,
            keywords: keywords(section),
            permission: section.required_permission(),
        })
    })
}

impl Page {
    fn entry(&self) -> Entry {
        Entry::plain(self.icon, self.title, Target::Page(self.href.to_owned()))
    }
}

fn is_open_to(page: &Page, viewer: &Viewer) -> bool {
    viewer.can(page.permission)
}

/// Returns the pages of the sidebar, and the profile.
pub(super) fn all(viewer: &Viewer) -> Vec<Entry> {
    let pages = section_pages().filter(|page| is_open_to(page, viewer));
    pages
        .map(|page| page.entry())
        .chain(OTHERS.iter().take(1).map(Page::entry))
        .collect()
}

/// Returns the pages that match.
pub(super) fn matching(viewer: &Viewer, text: &mut TextSearch) -> Vec<Entry> {
    let pages = section_pages().chain(OTHERS);
    let found = pages
        .filter(|page| is_open_to(page, viewer))
        .filter_map(|page| page.entry().matched(page.title, "", page.keywords, text));
    entry::best(found.collect(), MAX_PAGES)
}
