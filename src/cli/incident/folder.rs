//! The folder of a plan: written whole, readable by its owner only, held to its own hashes.

use std::fs;
use std::path::Path;

use crate::frontend::live::sha256;
use crate::incident::plan::{MAX_POLICY, Plan, SCHEMA};
use crate::report::plan::{check_script, markdown, restore_script, rollback_script, verify_script};

use super::files::write_new;

/// Writes a plan: into a neighbouring folder first, then renamed.
///
/// # Errors
/// A sentence; nothing of the folder is left then.
pub fn write(folder: &Path, plan: &Plan, evidence: &str) -> Result<String, String> {
    if folder.symlink_metadata().is_ok() {
        return Err(format!("{}: exists already; name another folder, or move it away", folder.display()));
    }
    let name = folder.file_name().ok_or_else(|| format!("{}: names no folder", folder.display()))?;
    let mut temporary = name.to_os_string();
    temporary.push(format!(".{}.tmp", std::process::id()));
    let temporary = folder.with_file_name(temporary);
    let written = fill(&temporary, plan, evidence).and_then(|hash| fs::rename(&temporary, folder).map(|()| hash));
    written.map_err(|error| {
        let _ = fs::remove_dir_all(&temporary);
        format!("{}: {error}", folder.display())
    })
}

/// Makes a folder that only its owner may enter.
///
/// # Errors
/// Any refusal of the operating system.
pub fn make_folder(path: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    builder.create(path)
}

fn fill(folder: &Path, plan: &Plan, evidence: &str) -> std::io::Result<String> {
    make_folder(folder)?;
    make_folder(&folder.join("before"))?;
    make_folder(&folder.join("desired"))?;
    let mut manifest = String::new();
    let mut put = |name: &str, text: &str| {
        manifest.push_str(&format!("{}  {name}\n", sha256(text.as_bytes())));
        write_new(&folder.join(name), text.as_bytes())
    };
    put("before/snapshot.json", evidence)?;
    for step in &plan.steps {
        if let Some(sends) = &step.sends {
            put(&format!("desired/{}.json", step.feature), &sent(sends))?;
        }
        if let Some(sends) = &step.undo_sends {
            put(&format!("before/{}.json", step.feature), &sent(sends))?;
        }
    }
    let text = serde_json::to_string_pretty(plan).unwrap_or_default() + "\n";
    put("plan.json", &text)?;
    put("PLAN.md", &markdown(plan))?;
    put("check.py", &check_script())?;
    write_new(&folder.join("manifest.sha256"), manifest.as_bytes())?;
    let held = sha256(manifest.as_bytes());
    for (name, text) in [
        ("restore.sh", restore_script(plan, &held)),
        ("rollback.sh", rollback_script(plan, &held)),
        ("verify.sh", verify_script(plan, &held)),
    ] {
        let path = folder.join(name);
        write_new(&path, text.as_bytes())?;
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
        }
    }
    Ok(sha256(text.as_bytes()))
}

/// Reads a plan whose files are as they were written.
///
/// # Errors
/// A sentence: it is no plan, of another version, or was changed.
pub fn read(folder: &Path) -> Result<(Plan, String), String> {
    let read = |name: &str| {
        fs::read_to_string(folder.join(name)).map_err(|error| {
            format!(
                "{}: {error}; expected a folder that `bucketlint restore` or `contain` wrote",
                folder.join(name).display()
            )
        })
    };
    let manifest = read("manifest.sha256")?;
    let mut names = Vec::new();
    for line in manifest.lines() {
        let Some((hash, name)) = line.split_once("  ") else {
            return Err(format!("{}: `{line}` is no line of a manifest", folder.display()));
        };
        if sha256(read(name)?.as_bytes()) != hash {
            return Err(format!(
                "{}: is not what was written (its hash differs): make the plan again",
                folder.join(name).display()
            ));
        }
        names.push(name.to_owned());
    }
    let text = read("plan.json")?;
    let plan: Plan =
        serde_json::from_str(&text).map_err(|error| format!("{}: {error}", folder.join("plan.json").display()))?;
    if plan.schema != SCHEMA {
        return Err(format!(
            "{}: the schema is {}, {SCHEMA} was expected: make the plan again",
            folder.display(),
            plan.schema
        ));
    }
    plan.is_lawful().map_err(|why| format!("{}: {why}", folder.display()))?;
    sends_what_it_says(folder, &plan, &names)?;
    Ok((plan, sha256(text.as_bytes())))
}

/// Whether the files that steps send are those of plan.json, to whose hash a person agreed: the manifest can be written anew.
fn sends_what_it_says(folder: &Path, plan: &Plan, names: &[String]) -> Result<(), String> {
    let calls = plan.steps.iter().flat_map(|it| [(&it.command, &it.sends), (&it.undo, &it.undo_sends)]);
    for (arguments, sends) in calls {
        for name in arguments.iter().filter_map(|it| it.strip_prefix("file://")) {
            if !names.iter().any(|it| it == name) {
                return Err(format!("{}: the plan sends {name}, which its manifest does not have", folder.display()));
            }
            let path = folder.join(name);
            let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
            if sends.as_ref().map(sent).as_ref() != Some(&text) {
                return Err(format!(
                    "{}: is not what plan.json says is sent: it was changed after the plan was made; make the plan again",
                    path.display()
                ));
            }
        }
    }
    Ok(())
}

/// How a document is written that a step sends: for people, but compact where white space would make of a policy that S3 takes one that
/// is too large.
fn sent(it: &serde_json::Value) -> String {
    let pretty = serde_json::to_string_pretty(it).unwrap_or_default() + "\n";
    if pretty.len() <= MAX_POLICY { pretty } else { it.to_string() }
}
