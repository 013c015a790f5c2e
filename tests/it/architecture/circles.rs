//! No two files may import each other, directly or through other files.
//!
//! A path counts for the file that defines the named item. `pub use` is followed, and `mod child;`
//! is not an import. A module and its parts count as one: imports of a part from its own module are
//! ignored.

use std::collections::{BTreeMap, BTreeSet};

use syn::visit::{self, Visit};
use syn::{Attribute, Item, UseTree};

use super::{File, files};

/// Path of a module or item from the root: `db`, `accounts`, `by_id`.
type Names = Vec<String>;

/// File as a module.
#[derive(Default)]
struct Module {
    path: String,
    /// Paths that its `use` lines import, by their local name.
    uses: BTreeMap<String, Names>,
    /// Modules of which it imports everything.
    globs: Vec<Names>,
    /// Every path in its code, as written.
    named: BTreeSet<Names>,
}

fn is_test(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Path>()
                .is_ok_and(|path| path.is_ident("test"))
    })
}

impl Module {
    fn take_use(&mut self, tree: &UseTree, mut before: Names) {
        match tree {
            UseTree::Path(step) => {
                before.push(step.ident.to_string());
                self.take_use(&step.tree, before);
            }
            UseTree::Name(leaf) if leaf.ident == "self" => {
                self.bind(before.last().cloned().unwrap_or_default(), before);
            }
            UseTree::Name(leaf) => {
                before.push(leaf.ident.to_string());
                self.bind(leaf.ident.to_string(), before);
            }
            UseTree::Rename(leaf) => {
                before.push(leaf.ident.to_string());
                self.bind(leaf.rename.to_string(), before);
            }
            UseTree::Glob(_) => self.globs.push(before),
            UseTree::Group(group) => {
                for tree in &group.items {
                    self.take_use(tree, before.clone());
                }
            }
        }
    }

    fn bind(&mut self, name: String, path: Names) {
        self.named.insert(path.clone());
        self.uses.insert(name, path);
    }
}

impl<'ast> Visit<'ast> for Module {
    fn visit_item(&mut self, item: &'ast Item) {
        match item {
            Item::Use(item) => self.take_use(&item.tree, Vec::new()),
            Item::Mod(module) if is_test(&module.attrs) => {}
            item => visit::visit_item(self, item),
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        let names = path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string());
        self.named.insert(names.collect());
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        visit::visit_macro(self, call);
        let tokens = call.tokens.to_string().replace(" :: ", "::");
        let words = tokens.split(|c: char| !c.is_alphanumeric() && c != '_' && c != ':');
        let paths = words.filter(|word| word.contains("::"));
        self.named
            .extend(paths.map(|path| path.split("::").map(str::to_owned).collect()));
    }
}

/// All files as modules.
struct Tree(BTreeMap<Names, Module>);

impl Tree {
    fn read(files: &[File]) -> Self {
        let modules = files.iter().filter(|file| file.path != "src/main.rs");
        Self(
            modules
                .map(|file| (module_of(&file.path), read(file)))
                .collect(),
        )
    }

    /// Returns the file that defines what a path names.
    /// Returns `None` for a module or another crate's item.
    fn definition(&self, from: &Names, path: &[String], steps: usize) -> Option<&Module> {
        let (first, rest) = path.split_first()?;
        let module = self.0.get(from)?;
        let parent = || from[..from.len().saturating_sub(1)].to_vec();
        match first.as_str() {
            "crate" | "reseller_portal" => self.definition_below(Vec::new(), rest, steps),
            "self" => self.definition_below(from.clone(), rest, steps),
            "super" if rest.first().is_some_and(|next| next == "super") => {
                self.definition(&parent(), rest, steps)
            }
            "super" => self.definition_below(parent(), rest, steps),
            name if self
                .0
                .contains_key(&[from.as_slice(), &[name.to_owned()]].concat()) =>
            {
                self.definition_below(from.clone(), path, steps)
            }
            name => {
                let import = module.uses.get(name).filter(|import| import[0] != *name)?;
                let whole = [import.as_slice(), rest].concat();
                self.definition(from, &whole, steps.checked_sub(1)?)
            }
        }
    }

    fn definition_below(&self, mut at: Names, path: &[String], steps: usize) -> Option<&Module> {
        for (passed, name) in path.iter().enumerate() {
            let below = [at.as_slice(), std::slice::from_ref(name)].concat();
            if self.0.contains_key(&below) {
                at = below;
                continue;
            }
            let module = self.0.get(&at)?;
            let Some(import) = module.uses.get(name) else {
                return Some(module);
            };
            let whole = [import.as_slice(), &path[passed + 1..]].concat();
            return self.definition(&at, &whole, steps.checked_sub(1)?);
        }
        None
    }

    /// Returns the files that each file imports.
    fn imports(&self) -> BTreeMap<&str, BTreeSet<&str>> {
        let all = self.0.iter().map(|(names, module)| {
            let named = module
                .named
                .iter()
                .filter_map(|path| self.definition(names, path, 8));
            let globs = module.globs.iter().filter_map(|path| {
                let inside = [path.as_slice(), &["*".to_owned()]].concat();
                self.definition(names, &inside, 8)
            });
            let others = named.chain(globs);
            let others = others.filter(|other| !names.starts_with(&module_of(&other.path)));
            let others = others.map(|other| other.path.as_str());
            (module.path.as_str(), others.collect())
        });
        all.collect()
    }
}

fn module_of(path: &str) -> Names {
    let path = path.trim_start_matches("src/").trim_end_matches(".rs");
    let names = path.split('/').map(str::to_owned);
    names.filter(|name| name != "lib").collect()
}

fn read(file: &File) -> Module {
    let parsed = syn::parse_file(&file.text);
    let parsed = parsed.unwrap_or_else(|error| panic!("{}: {error}", file.path));
    let mut module = Module {
        path: file.path.clone(),
        ..Module::default()
    };
    module.visit_file(&parsed);
    module
}

/// Returns every file that can be reached from this one by imports.
fn reachable<'a>(
    imports: &BTreeMap<&'a str, BTreeSet<&'a str>>,
    from: &'a str,
) -> BTreeSet<&'a str> {
    let mut found = BTreeSet::new();
    let mut next = vec![from];
    while let Some(file) = next.pop() {
        for other in &imports[file] {
            if found.insert(*other) {
                next.push(other);
            }
        }
    }
    found
}

/// Returns each circle as its files and the imports among them.
fn circles(files: &[File]) -> Vec<String> {
    let tree = Tree::read(files);
    let imports = tree.imports();
    let reached: BTreeMap<&str, BTreeSet<&str>> = imports
        .keys()
        .map(|file| (*file, reachable(&imports, file)))
        .collect();
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for (file, others) in &reached {
        if !others.contains(file) || told.contains(file) {
            continue;
        }
        let members: BTreeSet<&str> = others
            .iter()
            .filter(|other| reached[*other].contains(file))
            .copied()
            .collect();
        let mut lines = vec![format!("a circle of {} files:", members.len())];
        for member in &members {
            let inside: Vec<&str> = imports[member].intersection(&members).copied().collect();
            lines.push(format!("  {member} imports {}", inside.join(", ")));
        }
        told.extend(members);
        found.push(lines.join("\n"));
    }
    found
}

#[test]
fn no_files_import_each_other_in_a_circle() {
    let count = |texts: &[(&str, &str)]| {
        let files: Vec<File> = texts
            .iter()
            .map(|(path, text)| File::new(path, text))
            .collect();
        circles(&files).len()
    };
    let root = ("src/lib.rs", "mod a; mod b;");
    let b = ("src/b.rs", "use crate::a::A; pub struct B(A);");
    assert_eq!(
        count(&[root, b, ("src/a.rs", "pub struct A(crate::b::B);")]),
        1
    );
    assert_eq!(count(&[root, b, ("src/a.rs", "pub struct A;")]), 0);
    let tested = "pub struct A; #[cfg(test)] mod tests { use crate::b::B; }";
    assert_eq!(count(&[root, b, ("src/a.rs", tested)]), 0);
    // Through a module's name, inside a macro, and through another file's re-export.
    let by_module = "use crate::b; pub struct A; fn f() { b::f(); }";
    assert_eq!(count(&[root, b, ("src/a.rs", by_module)]), 1);
    let in_macro = "use crate::b; pub struct A; fn f() { run!(b::f()); }";
    assert_eq!(count(&[root, b, ("src/a.rs", in_macro)]), 1);
    let handed_on = ("src/a.rs", "mod c; pub use c::A; use crate::b::B;");
    assert_eq!(
        count(&[root, b, handed_on, ("src/a/c.rs", "pub struct A;")]),
        0
    );
    // A part may import from its module, but two parts may not import each other.
    let part = ("src/a/c.rs", "use super::f; pub struct A;");
    let whole = ("src/a.rs", "mod c; mod d; use c::A; fn f() -> A {}");
    assert_eq!(count(&[root, whole, part]), 0);
    let parts = [
        ("src/a/c.rs", "pub struct A(super::d::D);"),
        ("src/a/d.rs", "pub struct D(super::c::A);"),
    ];
    assert_eq!(count(&[root, whole, parts[0], parts[1]]), 1);
    let found = circles(&files("src", ".rs"));
    assert!(found.is_empty(), "\n{}\n", found.join("\n"));
}
