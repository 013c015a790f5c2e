//! Every route of the portal, read off the source of `src/web`: its address, its methods, and from the types in its
//! handler's signature what one needs to be let in. What cannot be understood here fails the test that asks, so that no
//! route can be added that the tests of access forget.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use axum::http::Method;
use reseller_portal::domain::role::Permission;
use syn::visit::{self, Visit};
use syn::{Expr, FnArg, GenericArgument, Item, Lit, PathArguments, Type, TypePath};

/// One method at one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// `GET` or `POST`.
    pub method: Method,
    /// The address as the router has it, as `/accounts/{id}`.
    pub path: String,
    /// What one needs.
    pub needs: Needs,
    /// The file that names the route.
    pub file: String,
}

/// What a handler's signature asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing: it is open to everybody.
    Nothing,
    /// To be signed in and allowed this.
    May(Permission),
    /// The same, having proved a short time ago who one is.
    Fresh(Permission),
}

impl Needs {
    /// The permission, where one is needed.
    pub const fn permission(self) -> Option<Permission> {
        match self {
            Self::Nothing => None,
            Self::May(permission) | Self::Fresh(permission) => Some(permission),
        }
    }
}

impl Route {
    /// Whether this address is one of this route.
    pub fn is_at(&self, address: &str) -> bool {
        let (mut own, mut other) = (self.path.split('/'), address.split('/'));
        loop {
            match (own.next(), other.next()) {
                (None, None) => return true,
                (Some(own), Some(other)) if own == other || (own.starts_with('{') && !other.is_empty()) => {}
                _ => return false,
            }
        }
    }
}

/// All of them, by address.
pub fn routes() -> &'static [Route] {
    static ALL: OnceLock<Vec<Route>> = OnceLock::new();
    ALL.get_or_init(|| Source::of_the_portal().routes())
}

/// The route that answers this method at this address, query left out: one that names it before one with a place for it.
pub fn route_at(method: &Method, address: &str) -> Option<&'static Route> {
    let path = address.split(['?', '#']).next().unwrap_or_default();
    let fits = routes()
        .iter()
        .filter(|route| route.method == *method && route.is_at(path));
    fits.min_by_key(|route| route.path.matches('{').count())
}

/// The source of the web layer, a module for each file: `accounts::list` for `src/web/accounts/list.rs`.
pub struct Source {
    modules: BTreeMap<Vec<String>, Module>,
}

struct Module {
    file: String,
    text: String,
    items: Vec<Item>,
}

impl Source {
    fn of_the_portal() -> Self {
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
            let name = path.strip_prefix(top).unwrap().to_string_lossy().into_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        };
        Self::new(files.into_iter().map(read))
    }

    /// From files: path and text.
    pub fn new(files: impl IntoIterator<Item = (String, String)>) -> Self {
        let module = |(file, text): (String, String)| {
            let name = file.trim_start_matches("src/web").trim_end_matches(".rs");
            let name = name.split('/').filter(|part| !part.is_empty()).map(str::to_owned);
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

    /// Every route that these files name, by address.
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
                    all.push(Route {
                        method,
                        needs: self.needs_of(name, handler),
                        path: path.clone(),
                        file: module.file.clone(),
                    });
                }
            }
        }
        all.sort_by(|a, b| (&a.path, a.method.as_str()).cmp(&(&b.path, b.method.as_str())));
        all
    }

    /// A text, written out or named by a constant of the module.
    fn text_of(&self, module: &[String], expr: &Expr) -> String {
        match expr {
            Expr::Lit(literal) => {
                if let Lit::Str(text) = &literal.lit {
                    return text.value();
                }
            }
            Expr::Path(path) => {
                let name = path.path.get_ident().map(ToString::to_string);
                for item in &self.modules[module].items {
                    if let Item::Const(constant) = item
                        && Some(constant.ident.to_string()) == name
                    {
                        return self.text_of(module, &constant.expr);
                    }
                }
            }
            _ => {}
        }
        panic!("{}: an address that cannot be read here", self.modules[module].file)
    }

    /// What the handler's signature asks for. One without a name, as of `/healthz`, asks for nothing.
    fn needs_of(&self, module: &[String], handler: &Expr) -> Needs {
        let Expr::Path(path) = handler else {
            assert!(
                matches!(handler, Expr::Closure(closure) if closure.inputs.is_empty()),
                "{}: a handler that cannot be read here",
                self.modules[module].file
            );
            return Needs::Nothing;
        };
        let names: Vec<String> = path
            .path
            .segments
            .iter()
            .map(|segment| segment.ident.to_string())
            .collect();
        let (function, inside) = names.split_last().unwrap();
        let place = [module, inside].concat();
        let signature = self.modules.get(&place).and_then(|module| {
            module.items.iter().find_map(|item| match item {
                Item::Fn(found) if found.sig.ident == function => Some(&found.sig),
                _ => None,
            })
        });
        let Some(signature) = signature else {
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
        let mut found: Vec<Needs> = types.filter_map(|ty| self.asks(&place, ty)).collect();
        assert!(found.len() < 2, "{}: asks twice who it is", names.join("::"));
        found.pop().unwrap_or(Needs::Nothing)
    }

    /// What an argument of this type asks for: `May<P>`, `Fresh<P>`, or a type of the portal's own that holds one of them.
    fn asks(&self, module: &[String], ty: &Type) -> Option<Needs> {
        let Type::Path(path) = ty else { return None };
        let named = permissions(path).next();
        match last_name(path).as_str() {
            "May" => named.map(Needs::May),
            "Fresh" => named.map(Needs::Fresh),
            own => {
                let held = self.fields(module, own).into_iter().find_map(|field| match field {
                    // `Desk<P>`, which holds a `May<P>`.
                    Type::Path(inner) if permissions(inner).next().is_none() => match last_name(inner).as_str() {
                        "May" => named.map(Needs::May),
                        "Fresh" => named.map(Needs::Fresh),
                        _ => None,
                    },
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

    /// The fields of a struct that stands in the module, or that it imports.
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

/// Every name that an import brings, with its path.
fn leaves(tree: &syn::UseTree, path: &mut Vec<String>, found: &mut Vec<Vec<String>>) {
    match tree {
        syn::UseTree::Path(step) => {
            path.push(step.ident.to_string());
            leaves(&step.tree, path, found);
            path.pop();
        }
        syn::UseTree::Name(name) => {
            path.push(name.ident.to_string());
            found.push(path.clone());
            path.pop();
        }
        syn::UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, path, found)),
        syn::UseTree::Rename(_) | syn::UseTree::Glob(_) => {}
    }
}

/// The module within `web` that an import's name comes from.
fn absolute(module: &[String], path: &[String]) -> Option<Vec<String>> {
    let mut place = module.to_vec();
    for (at, step) in path.split_last()?.1.iter().enumerate() {
        match (at, step.as_str()) {
            (0, "crate") => place.clear(),
            (1, "web") if path[0] == "crate" => {}
            (0, "self") => {}
            (_, "super") => {
                place.pop()?;
            }
            _ => place.push(step.clone()),
        }
    }
    Some(place)
}

fn last_name(path: &TypePath) -> String {
    path.path.segments.last().unwrap().ident.to_string()
}

/// The permissions that a type is given, as `May<Read>`.
fn permissions(path: &TypePath) -> impl Iterator<Item = Permission> {
    let arguments = match &path.path.segments.last().unwrap().arguments {
        PathArguments::AngleBracketed(given) => given.args.iter().collect(),
        _ => Vec::new(),
    };
    arguments.into_iter().filter_map(|argument| match argument {
        GenericArgument::Type(Type::Path(inner)) => {
            let name = last_name(inner);
            Permission::ALL
                .into_iter()
                .find(|permission| format!("{permission:?}") == name)
        }
        _ => None,
    })
}

/// `get(show).post(update)`: each method with its handler.
fn methods_of<'a>(file: &str, methods: &'a Expr) -> Vec<(Method, &'a Expr)> {
    let method = |name: &str| match name {
        "get" => Method::GET,
        "post" => Method::POST,
        other => panic!("{file}: routes are for get and post, not for {other}"),
    };
    match methods {
        Expr::Call(call) => {
            let Expr::Path(function) = &*call.func else {
                panic!("{file}: methods that cannot be read here")
            };
            let name = function.path.segments.last().unwrap().ident.to_string();
            vec![(method(&name), &call.args[0])]
        }
        Expr::MethodCall(call) => {
            let mut found = methods_of(file, &call.receiver);
            found.push((method(&call.method.to_string()), &call.args[0]));
            found
        }
        _ => panic!("{file}: methods that cannot be read here"),
    }
}

/// The calls that give a router its routes.
#[derive(Default)]
struct Calls<'a> {
    routes: Vec<(&'a Expr, &'a Expr)>,
    others: Vec<&'static str>,
}

/// What else gives a router routes, besides `route` and `merge`.
const OTHERS: [&str; 11] = [
    "fallback",
    "fallback_service",
    "method_not_allowed_fallback",
    "nest",
    "nest_service",
    "route_service",
    "route_with_tsr",
    "typed_delete",
    "typed_get",
    "typed_post",
    "typed_put",
];

impl<'a> Visit<'a> for Calls<'a> {
    fn visit_expr_method_call(&mut self, call: &'a syn::ExprMethodCall) {
        let name = call.method.to_string();
        if name == "route" && call.args.len() == 2 {
            self.routes.push((&call.args[0], &call.args[1]));
        }
        self.others.extend(OTHERS.into_iter().filter(|other| *other == name));
        visit::visit_expr_method_call(self, call);
    }
}
