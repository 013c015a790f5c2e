//! Source of `src/web` as modules, in which a route's handler is looked up.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use syn::visit::Visit;
use syn::{Expr, FnArg, Item, Lit, Type};

use super::syntax::{Calls, absolute, is_draft, last_name, leaves, methods_of, permissions};
use super::{Needs, Route};

/// Source of the web layer, with one module per file.
/// `accounts::list` stands for `src/web/accounts/list.rs`.
pub struct Source {
    modules: BTreeMap<Vec<String>, Module>,
}

struct Module {
    file: String,
    text: String,
    items: Vec<Item>,
}

/// Arguments of a handler, and the module that defines it.
#[derive(Default)]
struct Arguments<'a> {
    handler: String,
    place: Vec<String>,
    types: Vec<&'a Type>,
}

impl Source {
    pub(super) fn of_the_portal() -> Self {
        let top = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut files = vec![top.join("src/web.rs")];
        let mut folders: Vec<PathBuf> = vec![top.join("src/web")];
        while let Some(folder) = folders.pop() {
            for entry in std::fs::read_dir(&folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else {
                    files.push(path);
                }
            }
        }
        let read = |path: PathBuf| {
            let name = path
                .strip_prefix(top)
                .unwrap()
                .to_string_lossy()
                .into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        };
        Self::new(files.into_iter().map(read))
    }

    /// Creates a source from files, each with path and text.
    pub fn new(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let module = |(file, text): (String, String)| {
            let name = file.trim_start_matches("src/web").trim_end_matches(".rs");
            let name = name
                .split('/')
                .filter(|part| !part.is_empty())
                .map(str::to_owned);
            let parsed = syn::parse_file(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
            (
                name.collect(),
                Module {
                    file,
                    text,
                    items: parsed.items,
                },
            )
        };
        Self {
            modules: files.into_iter().map(module).collect(),
        }
    }

    /// Returns every route that these files name, sorted by address.
    pub fn routes(&self) -> Vec<Route> {
        let mut all = Vec::new();
        for (name, module) in &self.modules {
            let mut calls = Calls::default();
            module.items.iter().for_each(|item| calls.visit_item(item));
            assert_eq!(
                calls.routes.len(),
                module.text.matches(".route(").count(),
                "{}: a route that is made by a macro cannot be read here",
                module.file
            );
            for other in &calls.others {
                let known = [("src/web.rs", "nest"), ("src/web.rs", "fallback")];
                assert!(
                    known.contains(&(&module.file, other)),
                    "{}: .{other}() adds routes that cannot be read here",
                    module.file
                );
            }
            for (address, methods) in &calls.routes {
                let path = self.text_of(name, address);
                for (method, handler) in methods_of(&module.file, methods) {
                    let arguments = self.arguments_of(name, handler);
                    all.push(Route {
                        method,
                        needs: self.needs_of(&arguments),
                        takes_draft: arguments.types.iter().any(|ty| is_draft(ty)),
                        path: path.clone(),
                        file: module.file.clone(),
                    });
                }
            }
        }
        all.sort_by(|a, b| (&a.path, a.method.as_str()).cmp(&(&b.path, b.method.as_str())));
        all
    }

    /// Returns the text of a literal, or of a constant.
    /// The constant may be in this module or in one that it imports from.
    fn text_of(&self, module: &[String], expr: &Expr) -> String {
        let text = match expr {
            Expr::Lit(literal) => match &literal.lit {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            },
            Expr::Path(path) => path
                .path
                .get_ident()
                .and_then(|name| self.constant(module, &name.to_string())),
            _ => None,
        };
        text.unwrap_or_else(|| {
            panic!(
                "{}: an address that cannot be read here",
                self.modules[module].file
            )
        })
    }

    /// Returns the text of a constant that a module defines or imports.
    fn constant(&self, module: &[String], name: &str) -> Option<String> {
        let mut imported = Vec::new();
        for item in &self.modules.get(module)?.items {
            match item {
                Item::Const(found) if found.ident == name => {
                    return Some(self.text_of(module, &found.expr));
                }
                Item::Use(import) => leaves(&import.tree, &mut Vec::new(), &mut imported),
                _ => {}
            }
        }
        let import = imported
            .into_iter()
            .find(|path| path.last().is_some_and(|last| last == name))?;
        self.constant(&absolute(module, &import)?, name)
    }

    /// Returns the arguments of a handler.
    /// A handler without a name, such as that of `/healthz`, has none.
    fn arguments_of(&self, module: &[String], handler: &Expr) -> Arguments<'_> {
        let Expr::Path(path) = handler else {
            assert!(
                matches!(handler, Expr::Closure(closure) if closure.inputs.is_empty()),
                "{}: a handler that cannot be read here",
                self.modules[module].file
            );
            return Arguments::default();
        };
        let names: Vec<String> = path
            .path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        let (function, inside) = names.split_last().unwrap();
        let own = [module, inside].concat();
        let imported = inside.first().and_then(|first| {
            let place = self.imported(module, first)?;
            Some([place.as_slice(), &inside[1..]].concat())
        });
        let found = [Some(own), imported]
            .into_iter()
            .flatten()
            .find_map(|place| {
                let signature = self.function(&place, function)?;
                Some((place, signature))
            });
        let Some((place, signature)) = found else {
            panic!(
                "{}: the handler {} is not found",
                self.modules[module].file,
                names.join("::")
            );
        };
        let types = signature.inputs.iter().map(|input| match input {
            FnArg::Typed(typed) => &*typed.ty,
            FnArg::Receiver(_) => panic!("{}: a handler with a self", names.join("::")),
        });
        Arguments {
            handler: names.join("::"),
            types: types.collect(),
            place,
        }
    }

    /// Returns the signature of a function that a module defines.
    fn function(&self, module: &[String], name: &str) -> Option<&syn::Signature> {
        let mut items = self.modules.get(module)?.items.iter();
        items.find_map(|item| match item {
            Item::Fn(found) if found.sig.ident == name => Some(&found.sig),
            _ => None,
        })
    }

    /// Returns the module that another one imports under this name.
    fn imported(&self, module: &[String], name: &str) -> Option<Vec<String>> {
        let mut imported = Vec::new();
        for item in &self.modules.get(module)?.items {
            if let Item::Use(import) = item {
                leaves(&import.tree, &mut Vec::new(), &mut imported);
            }
        }
        let path = imported
            .into_iter()
            .find(|path| path.last().is_some_and(|last| last == name))?;
        let place = absolute(module, &path)?;
        Some([place, vec![name.to_owned()]].concat())
    }

    /// Returns the access that these arguments require.
    fn needs_of(&self, arguments: &Arguments<'_>) -> Needs {
        let types = arguments.types.iter();
        let mut found: Vec<Needs> = types
            .filter_map(|ty| self.asks(&arguments.place, ty))
            .collect();
        assert!(
            found.len() < 2,
            "{}: asks twice who it is",
            arguments.handler
        );
        found.pop().unwrap_or(Needs::Nothing)
    }

    /// Returns the access that an argument of this type requires.
    /// The type is `Authorized<P>`, `RecentlyAuthenticated<P>`, or one of the portal's types that
    /// holds one of them.
    fn asks(&self, module: &[String], ty: &Type) -> Option<Needs> {
        let Type::Path(path) = ty else { return None };
        let named = permissions(path).next();
        match last_name(path).as_str() {
            "Authorized" => named.map(Needs::Authorized),
            "RecentlyAuthenticated" => named.map(Needs::RecentlyAuthenticated),
            own => {
                let held = self
                    .fields(module, own)
                    .into_iter()
                    .find_map(|field| match field {
                        // A type such as `AccountContext<P>`, which holds an `Authorized<P>`.
                        Type::Path(inner) if permissions(inner).next().is_none() => {
                            match last_name(inner).as_str() {
                                "Authorized" => named.map(Needs::Authorized),
                                "RecentlyAuthenticated" => named.map(Needs::RecentlyAuthenticated),
                                _ => None,
                            }
                        }
                        field => self.asks(module, field),
                    });
                assert!(
                    held.is_some() || named.is_none(),
                    "{own} names a permission and holds none"
                );
                held
            }
        }
    }

    /// Returns the fields of a struct that the module defines or imports.
    fn fields(&self, module: &[String], name: &str) -> Vec<&Type> {
        let Some(items) = self.modules.get(module).map(|module| &module.items) else {
            return Vec::new();
        };
        let mut imported = Vec::new();
        for item in items {
            match item {
                Item::Struct(found) if found.ident == name => {
                    return found.fields.iter().map(|field| &field.ty).collect();
                }
                Item::Use(import) => leaves(&import.tree, &mut Vec::new(), &mut imported),
                _ => {}
            }
        }
        let import = imported
            .into_iter()
            .find(|path| path.last().is_some_and(|last| last == name));
        let Some(path) = import.and_then(|path| absolute(module, &path)) else {
            return Vec::new();
        };
        self.fields(&path, name)
    }
}
