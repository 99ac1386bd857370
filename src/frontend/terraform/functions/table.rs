//! The functions: names, numbers of arguments, and how each takes null and choices.

use super::argument::{Call, Outcome};
use super::{cidr, conversion, csv, encoding, files, format, json, lists, maps, numbers, opaque};
use super::{regex, sets, strings, time, yaml};

/// How a function takes a value that is one of several.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Choices {
    /// Whole arguments are followed; choices among items and values of maps pass through.
    Outside,
    /// Choices among items and values matter to the result: followed as well.
    Inside,
    /// The function looks at choices itself.
    Kept,
}

/// One function.
pub(super) struct Function {
    pub name: &'static str,
    pub least: usize,
    pub most: Option<usize>,
    /// Whether arguments may be null.
    pub nullable: bool,
    pub choices: Choices,
    pub run: fn(&Call) -> Outcome,
}

impl Function {
    pub fn arity(&self) -> String {
        match self.most {
            Some(most) if most == self.least => most.to_string(),
            Some(most) => format!("{} to {most}", self.least),
            None => format!("at least {}", self.least),
        }
    }
}

/// The function of a name.
pub(super) fn find(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|it| it.name == name)
}

const MANY: usize = usize::MAX;

const fn f(name: &'static str, least: usize, most: usize, run: fn(&Call) -> Outcome) -> Function {
    let most = if most == MANY { None } else { Some(most) };
    Function { name, least, most, nullable: false, choices: Choices::Outside, run }
}

const fn nullable(it: Function) -> Function {
    Function { nullable: true, ..it }
}

const fn inside(it: Function) -> Function {
    Function { choices: Choices::Inside, ..it }
}

const fn kept(it: Function) -> Function {
    Function { choices: Choices::Kept, ..it }
}

/// Every function of Terraform 1.11 but `try` and `can`, and the console's `type`.
pub(super) const FUNCTIONS: &[Function] = &[
    f("abs", 1, 1, numbers::abs),
    f("abspath", 1, 1, files::abspath),
    inside(f("alltrue", 1, 1, lists::alltrue)),
    inside(f("anytrue", 1, 1, lists::anytrue)),
    f("base64decode", 1, 1, encoding::base64decode),
    f("base64encode", 1, 1, encoding::base64encode),
    f("base64gzip", 1, 1, opaque::hash),
    f("base64sha256", 1, 1, opaque::hash),
    f("base64sha512", 1, 1, opaque::hash),
    f("basename", 1, 1, files::basename),
    f("bcrypt", 1, 2, opaque::impure),
    f("ceil", 1, 1, numbers::ceil),
    f("chomp", 1, 1, strings::chomp),
    f("chunklist", 2, 2, lists::chunklist),
    f("cidrhost", 2, 2, cidr::host),
    f("cidrnetmask", 1, 1, cidr::netmask),
    f("cidrsubnet", 3, 3, cidr::subnet),
    f("cidrsubnets", 1, MANY, cidr::subnets),
    nullable(f("coalesce", 0, MANY, lists::coalesce)),
    nullable(f("coalescelist", 0, MANY, lists::coalescelist)),
    inside(f("compact", 1, 1, lists::compact)),
    f("concat", 0, MANY, lists::concat),
    f("contains", 2, 2, lists::contains),
    f("csvdecode", 1, 1, csv::decode),
    f("dirname", 1, 1, files::dirname),
    inside(f("distinct", 1, 1, lists::distinct)),
    f("element", 2, 2, lists::element),
    f("endswith", 2, 2, strings::endswith),
    nullable(f("ephemeralasnull", 1, 1, conversion::same)),
    f("file", 1, 1, files::file),
    f("filebase64", 1, 1, files::base64),
    f("filebase64sha256", 1, 1, opaque::hash),
    f("filebase64sha512", 1, 1, opaque::hash),
    f("fileexists", 1, 1, files::exists),
    f("filemd5", 1, 1, opaque::hash),
    f("fileset", 2, 2, files::set),
    f("filesha1", 1, 1, opaque::hash),
    f("filesha256", 1, 1, opaque::hash),
    f("filesha512", 1, 1, opaque::hash),
    inside(f("flatten", 1, 1, lists::flatten)),
    f("floor", 1, 1, numbers::floor),
    nullable(f("format", 1, MANY, format::format)),
    f("formatdate", 2, 2, time::formatdate),
    nullable(inside(f("formatlist", 1, MANY, format::formatlist))),
    f("indent", 2, 2, strings::indent),
    f("index", 2, 2, lists::index),
    nullable(kept(f("issensitive", 1, 1, conversion::issensitive))),
    inside(f("join", 1, MANY, strings::join)),
    f("jsondecode", 1, 1, json::decode),
    nullable(kept(f("jsonencode", 1, 1, json::encode))),
    f("keys", 1, 1, maps::keys),
    f("length", 1, 1, lists::length),
    f("log", 2, 2, numbers::log),
    nullable(f("lookup", 2, 3, maps::lookup)),
    f("lower", 1, 1, strings::lower),
    inside(f("matchkeys", 3, 3, lists::matchkeys)),
    f("max", 1, MANY, numbers::max),
    f("md5", 1, 1, opaque::hash),
    nullable(f("merge", 0, MANY, maps::merge)),
    f("min", 1, MANY, numbers::min),
    nullable(kept(f("nonsensitive", 1, 1, conversion::nonsensitive))),
    nullable(f("one", 1, 1, lists::one)),
    f("parseint", 2, 2, numbers::parseint),
    f("pathexpand", 1, 1, files::pathexpand),
    f("plantimestamp", 0, 0, opaque::impure),
    f("pow", 2, 2, numbers::pow),
    f("range", 1, 3, numbers::range),
    f("regex", 2, 2, regex::regex),
    f("regexall", 2, 2, regex::regexall),
    f("replace", 3, 3, strings::replace),
    f("reverse", 1, 1, lists::reverse),
    f("rsadecrypt", 2, 2, opaque::impure),
    nullable(kept(f("sensitive", 1, 1, conversion::sensitive))),
    inside(f("setintersection", 1, MANY, sets::intersection)),
    f("setproduct", 1, MANY, sets::product),
    inside(f("setsubtract", 2, 2, sets::subtract)),
    inside(f("setunion", 1, MANY, sets::union)),
    f("sha1", 1, 1, opaque::hash),
    f("sha256", 1, 1, opaque::hash),
    f("sha512", 1, 1, opaque::hash),
    f("signum", 1, 1, numbers::signum),
    f("slice", 3, 3, lists::slice),
    inside(f("sort", 1, 1, lists::sort)),
    f("split", 2, 2, strings::split),
    f("startswith", 2, 2, strings::startswith),
    f("strcontains", 2, 2, strings::strcontains),
    f("strrev", 1, 1, strings::strrev),
    f("substr", 3, 3, strings::substr),
    inside(f("sum", 1, 1, numbers::sum)),
    f("templatefile", 2, 2, files::templatefile),
    f("templatestring", 2, 2, files::templatestring),
    f("textdecodebase64", 2, 2, encoding::textdecodebase64),
    f("textencodebase64", 2, 2, encoding::textencodebase64),
    f("timeadd", 2, 2, time::timeadd),
    f("timecmp", 2, 2, time::timecmp),
    f("timestamp", 0, 0, opaque::impure),
    f("title", 1, 1, strings::title),
    nullable(f("tobool", 1, 1, conversion::tobool)),
    nullable(f("tolist", 1, 1, conversion::tolist)),
    nullable(f("tomap", 1, 1, conversion::tomap)),
    nullable(f("tonumber", 1, 1, conversion::tonumber)),
    nullable(inside(f("toset", 1, 1, sets::toset))),
    nullable(f("tostring", 1, 1, conversion::tostring)),
    inside(f("transpose", 1, 1, maps::transpose)),
    f("trim", 2, 2, strings::trim),
    f("trimprefix", 2, 2, strings::trimprefix),
    f("trimspace", 1, 1, strings::trimspace),
    f("trimsuffix", 2, 2, strings::trimsuffix),
    nullable(kept(f("type", 1, 1, conversion::type_name))),
    f("upper", 1, 1, strings::upper),
    f("urlencode", 1, 1, encoding::urlencode),
    f("uuid", 0, 0, opaque::impure),
    f("uuidv5", 2, 2, opaque::hash),
    f("values", 1, 1, maps::values),
    f("yamldecode", 1, 1, yaml::decode),
    nullable(f("yamlencode", 1, 1, yaml::encode)),
    inside(f("zipmap", 2, 2, maps::zipmap)),
];
