//! In which order variables and files of them are given: as for Terraform, later ones win.
//! <https://developer.hashicorp.com/terraform/language/values/variables>

use std::path::PathBuf;

use clap::{ArgMatches, Args, Command, Error, FromArgMatches};

use crate::frontend::terraform::Given;

/// Which of both stands at each place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Value,
    File,
}

/// The order of `--var` and `--var-file`. It adds no arguments: it looks where those of its command stand.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order(Vec<Which>);

impl Order {
    /// From the first file on that stands behind a value, which it wins over.
    pub fn again(&self, values: &[(String, String)], files: &[PathBuf]) -> Vec<Given> {
        let (mut values, mut files, mut has_value) = (values.iter(), files.iter(), false);
        let mut again = Vec::new();
        for which in &self.0 {
            match which {
                Which::Value => {
                    has_value = true;
                    let value = values.next().filter(|_| !again.is_empty());
                    again.extend(value.map(|(name, text)| Given::Value(name.clone(), text.clone())));
                }
                Which::File => {
                    let file = files.next().filter(|_| has_value);
                    again.extend(file.map(|it| Given::File(it.clone())));
                }
            }
        }
        again
    }
}

impl FromArgMatches for Order {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let at = |id: &str, which: Which| matches.indices_of(id).into_iter().flatten().map(move |it| (it, which));
        let mut all: Vec<(usize, Which)> = at("vars", Which::Value).chain(at("var_files", Which::File)).collect();
        all.sort_by_key(|it| it.0);
        Ok(Self(all.into_iter().map(|it| it.1).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Order {
    fn augment_args(command: Command) -> Command {
        command
    }

    fn augment_args_for_update(command: Command) -> Command {
        command
    }
}
