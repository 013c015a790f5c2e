//! Keyboard shortcuts: the one table of keys, of what they do, and of who may use them.
//!
//! `/shortcuts` shows it, and every page has it as data, from which `static/keys.js` binds the
//! keys. So a key that is not listed is not bound.

use crate::domain::role::Permission;

/// Heading of a part of the list, and where its keys work.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Anywhere on a page.
    Page,
    /// Anywhere on a page, after `g`.
    Navigation,
    /// In a list with rows.
    List,
    /// In an open menu.
    Menu,
    /// In the palette.
    Palette,
}

impl Scope {
    const ALL: [Self; 5] = [
        Self::Page,
        Self::Navigation,
        Self::List,
        Self::Menu,
        Self::Palette,
    ];

    const fn title(self) -> &'static str {
        match self {
            Self::Page => "Anywhere",
            Self::Navigation => "Go to",
            Self::List => "In a list",
            Self::Menu => "In a menu",
            Self::Palette => "In the search",
        }
    }

    /// Returns the scope's name for the script.
    const fn as_str(self) -> &'static str {
        match self {
            Self::Page | Self::Navigation | Self::List => "page",
            Self::Menu => "menu",
            Self::Palette => "palette",
        }
    }
}

/// Act of a key. The script has a function for each name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    /// The browser does it; nothing is bound.
    Native,
    /// Opens a page.
    Go(&'static str),
    /// Calls the script's function with this name.
    Run(&'static str),
}

/// Keys with their act. Keys are named as in browsers, two in a row are separated by a space,
/// and `Mod` is Ctrl or Cmd.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Keys to press.
    pub keys: &'static str,
    act: Act,
}

/// Key as it is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyCap {
    /// Text on the key.
    pub text: &'static str,
    /// True if it is Ctrl, or Cmd on a Mac.
    pub is_mod: bool,
}

/// Line of the list.
#[derive(Clone, Copy, Debug)]
pub struct Shortcut {
    /// Text that says what the keys do.
    pub label: &'static str,
    /// Keys of the line.
    pub bindings: &'static [Binding],
    scope: Scope,
    permission: Permission,
}

/// Part of the list.
#[derive(Clone, Debug)]
pub struct ShortcutGroup {
    /// Heading of the part.
    pub title: &'static str,
    /// Lines of the part.
    pub shortcuts: Vec<Shortcut>,
}

const fn bind(keys: &'static str, act: Act) -> Binding {
    Binding { keys, act }
}

/// Defines the table: the keys of a line and what each does, then its words and its permission.
macro_rules! shortcuts {
    ($($scope:ident { $( $([$keys:literal, $act:expr])+ $label:literal, $permission:ident; )+ })+) => {
        &[$($(Shortcut {
            label: $label,
            bindings: &[$(bind($keys, $act)),+],
            scope: Scope::$scope,
            permission: Permission::$permission,
        }),+),+]
    };
}

use Act::{Go, Native, Run};

/// All shortcuts, in the order of the list.
const SHORTCUTS: &[Shortcut] = shortcuts! {
    Page {
        ["Mod+k", Run("open-palette")] "Search, or choose an action", Read;
        ["/", Run("search")] "Search on this page", Read;
        ["c", Go("/accounts/new")] "Create an account", CreateAccounts;
        ["?", Run("show-shortcuts")] "Show this list", Read;
        ["Escape", Native] "Close what is open", Read;
    }
    Navigation {
        ["g d", Go("/")] "Dashboard", Read;
        ["g a", Go("/accounts")] "Accounts", Read;
        ["g c", Go("/channels")] "Channels", Read;
        ["g j", Go("/jobs")] "Jobs", Read;
        ["g t", Go("/activity")] "Activity", Read;
        ["g u", Go("/org-users")] "Telnyx users", Read;
        ["g s", Go("/staff")] "Staff", Read;
        ["g p", Go("/profile")] "Profile", Read;
    }
    List {
        ["j", Run("next-row")] ["k", Run("previous-row")] "Next and previous row", Read;
        ["Enter", Native] "Open the row", Read;
        ["x", Run("select-row")] "Select the row", Read;
        ["e", Run("edit-limit")] "Change the channel limit of the row", ChangeLimits;
    }
    Menu {
        ["ArrowDown", Run("next-item")] ["ArrowUp", Run("previous-item")] "Next and previous item", Read;
        ["Home", Run("first-item")] ["End", Run("last-item")] "First and last item", Read;
        ["Letter", Run("item-by-letter")] "Item that starts with this letter", Read;
        ["Escape", Run("close-menu")] "Close the menu", Read;
    }
    Palette {
        ["ArrowDown", Run("next-result")] ["ArrowUp", Run("previous-result")] "Next and previous result", Read;
        ["Home", Run("first-result")] ["End", Run("last-result")] "First and last result", Read;
        ["Enter", Run("open-result")] "Open the result", Read;
        ["Mod+Enter", Run("open-result-in-tab")] "Open the result in a new tab", Read;
        ["Mod+k", Run("close-palette")] ["Escape", Native] "Close the search", Read;
    }
};

impl Binding {
    /// Returns the name of the script's function; empty if the browser does it.
    #[must_use]
    pub const fn act(&self) -> &'static str {
        match self.act {
            Act::Native => "",
            Act::Go(_) => "go",
            Act::Run(name) => name,
        }
    }

    /// Returns the address that it opens; empty if there is none.
    #[must_use]
    pub const fn to(&self) -> &'static str {
        match self.act {
            Act::Native | Act::Run(_) => "",
            Act::Go(to) => to,
        }
    }

    /// Returns the keys as they are shown.
    #[must_use]
    pub fn caps(&self) -> Vec<KeyCap> {
        let keys = self.keys.split([' ', '+']);
        keys.map(|key| KeyCap {
            text: cap_text(key),
            is_mod: key == "Mod",
        })
        .collect()
    }

    /// Returns `true` if a single letter or sign without a modifier is bound.
    fn is_single_key(&self, scope: Scope) -> bool {
        scope.as_str() == "page" && self.act != Act::Native && !self.keys.starts_with("Mod+")
    }
}

/// Returns the text on a key.
fn cap_text(key: &'static str) -> &'static str {
    match key {
        "Mod" => "Ctrl",
        "ArrowDown" => "↓",
        "ArrowUp" => "↑",
        "Escape" => "Esc",
        "Letter" => "A–Z",
        other => other,
    }
}

/// Returns the shortcuts of these parts as the script reads them: `scope:keys:act:address`,
/// separated by semicolons.
pub(super) fn script_data(groups: &[ShortcutGroup]) -> String {
    let shortcuts = groups.iter().flat_map(|group| &group.shortcuts);
    let bindings = shortcuts.flat_map(|shortcut| {
        let scope = shortcut.scope.as_str();
        let bound = shortcut.bindings.iter();
        bound
            .filter(|binding| binding.act != Act::Native)
            .map(move |binding| {
                let (keys, act, to) = (binding.keys, binding.act(), binding.to());
                format!("{scope}:{keys}:{act}:{to}")
            })
    });
    bindings.collect::<Vec<_>>().join(";")
}

/// Returns the shortcuts that a person may use. Without `single_keys`, leaves out keys that work
/// without a modifier outside of menus and dialogs.
pub(super) fn available(single_keys: bool, may: impl Fn(Permission) -> bool) -> Vec<ShortcutGroup> {
    let is_available = |shortcut: &&Shortcut| {
        let mut bindings = shortcut.bindings.iter();
        may(shortcut.permission)
            && (single_keys || !bindings.any(|binding| binding.is_single_key(shortcut.scope)))
    };
    let all: Vec<&Shortcut> = SHORTCUTS.iter().filter(is_available).collect();
    let group = |scope: Scope| ShortcutGroup {
        title: scope.title(),
        shortcuts: all
            .iter()
            .filter(|shortcut| shortcut.scope == scope)
            .map(|shortcut| **shortcut)
            .collect(),
    };
    let groups = Scope::ALL.into_iter().map(group);
    groups.filter(|group| !group.shortcuts.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn bindings(scope: &str) -> Vec<&'static Binding> {
        SHORTCUTS
            .iter()
            .filter(|shortcut| shortcut.scope.as_str() == scope)
            .flat_map(|shortcut| shortcut.bindings)
            .collect()
    }

    #[test]
    fn each_key_does_one_thing_and_none_begins_another() {
        for scope in ["page", "menu", "palette"] {
            let all: Vec<&str> = bindings(scope).iter().map(|binding| binding.keys).collect();
            let unique: BTreeSet<&str> = all.iter().copied().collect();
            assert_eq!(unique.len(), all.len(), "{all:?}");
            let is_start = |key: &&str| all.iter().any(|keys| keys.starts_with(&format!("{key} ")));
            assert_eq!(all.iter().copied().find(is_start), None);
        }
    }

    #[test]
    fn the_script_has_a_function_for_each_act_and_no_other() {
        let listed: BTreeSet<&str> = SHORTCUTS
            .iter()
            .flat_map(|shortcut| shortcut.bindings)
            .map(Binding::act)
            .filter(|act| !act.is_empty())
            .collect();
        let scripts = concat!(
            include_str!("../../static/keys.js"),
            include_str!("../../static/palette.js")
        );
        let functions: BTreeSet<&str> = scripts
            .split("Object.assign(portal.acts, {")
            .skip(1)
            .filter_map(|acts| acts.split("\n  });").next())
            .flat_map(str::lines)
            .filter(|line| line.starts_with("    ") && !line.starts_with("     "))
            .filter_map(|line| line.trim().split_once([':', '(']))
            .map(|(name, _)| name.trim_matches('"'))
            .collect();
        assert_eq!(functions, listed);
    }

    #[test]
    fn without_single_keys_only_keys_with_a_modifier_work_on_a_page() {
        let on_page = |single_keys| -> Vec<&str> {
            let groups = available(single_keys, |_| true).into_iter();
            groups
                .flat_map(|group| group.shortcuts)
                .filter(|shortcut| shortcut.scope.as_str() == "page")
                .flat_map(|shortcut| shortcut.bindings)
                .filter(|binding| binding.act != Act::Native)
                .map(|binding| binding.keys)
                .collect()
        };
        assert!(on_page(true).contains(&"g a"));
        assert_eq!(on_page(false), ["Mod+k"]);
    }

    #[test]
    fn keys_of_a_missing_permission_are_left_out() {
        let groups = available(true, |permission| permission == Permission::Read);
        let keys: Vec<&str> = groups
            .iter()
            .flat_map(|group| &group.shortcuts)
            .flat_map(|shortcut| shortcut.bindings)
            .map(|binding| binding.keys)
            .collect();
        assert!(!keys.contains(&"c") && !keys.contains(&"e") && keys.contains(&"x"));
    }
}
