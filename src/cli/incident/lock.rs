//! One run of a plan at a time: a file that is made exclusively, with who made it. A run that was killed leaves it behind; the
//! next one sees that its process is gone and takes it over.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::incident::time::Time;

/// The name of the file; `restore.sh` and `rollback.sh` make it too.
pub const NAME: &str = "apply.lock";

/// The lock of a plan's folder, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    path: PathBuf,
    content: String,
}

impl Lock {
    /// Takes the lock.
    ///
    /// # Errors
    /// A sentence that says who holds it and what to do.
    pub fn take(folder: &Path) -> Result<Self, String> {
        let path = folder.join(NAME);
        let own = json!({ "pid": std::process::id(), "host": host(), "since": Time::now().to_string() }).to_string();
        // Once for a lock that was left behind.
        for _ in 0..2 {
            match make(&path, &own) {
                Ok(()) => return Ok(Self { path, content: own }),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => (),
                Err(error) => return Err(format!("{}: {error}", path.display())),
            }
            let held = match fs::read_to_string(&path) {
                Ok(held) => held,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(format!("{}: {error}", path.display())),
            };
            if !is_left_behind(&held) {
                return Err(busy(&path, &held));
            }
            remove(&path, &held)?;
        }
        Err(format!("{}: another run keeps taking this plan; wait for it", path.display()))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Only what is still its own.
        if fs::read_to_string(&self.path).is_ok_and(|it| it == self.content) {
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn make(path: &Path, content: &str) -> std::io::Result<()> {
    // Linked into place whole: nobody reads half a lock.
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = PathBuf::from(name);
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let made = options
        .open(&temporary)
        .and_then(|mut file| file.write_all(content.as_bytes()).and_then(|()| file.sync_all()))
        .and_then(|()| fs::hard_link(&temporary, path));
    let _ = fs::remove_file(&temporary);
    made
}

/// Moves a lock that was left behind away. Two runs may see it at once: the one that moved a new lock puts it back.
fn remove(path: &Path, seen: &str) -> Result<(), String> {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}.old", std::process::id()));
    let aside = PathBuf::from(name);
    match fs::rename(path, &aside) {
        Ok(()) => (),
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(format!("{}: {error}", path.display())),
    }
    let moved = fs::read_to_string(&aside).unwrap_or_default();
    let is_it = moved == seen;
    if !is_it {
        let _ = fs::hard_link(&aside, path);
    }
    let _ = fs::remove_file(&aside);
    if is_it { Ok(()) } else { Err(busy(path, &moved)) }
}

fn busy(path: &Path, held: &str) -> String {
    let held: Json = serde_json::from_str(held).unwrap_or_default();
    let text = |key: &str| held.get(key).map_or_else(|| "not said".to_owned(), |it| it.to_string().replace('"', ""));
    format!(
        "{}: this plan is being run already (process {} on {}, since {}): wait until it ends. If that process is gone, remove the \
         file; the journal tells what was done",
        path.display(),
        text("pid"),
        text("host"),
        text("since")
    )
}

/// Whether the process that made it is certainly gone: one of this machine, of which the system says that it is not there.
fn is_left_behind(held: &str) -> bool {
    let Ok(held) = serde_json::from_str::<Json>(held) else { return false };
    let pid = held.get("pid").and_then(Json::as_u64);
    let own_host = host();
    let same = held.get("host").and_then(Json::as_str).is_some_and(|it| it == own_host && !it.is_empty());
    match pid {
        Some(pid) if same => is_gone(pid),
        _ => false,
    }
}

/// Whether a process has ended. Where the system has no `/proc`, nobody is asked, and a lock that was left behind is removed by
/// hand: no program is run but `aws`.
fn is_gone(pid: u64) -> bool {
    let known = Path::new("/proc/self").exists();
    pid == u64::from(std::process::id()) || (known && !Path::new(&format!("/proc/{pid}")).exists())
}

/// The name of this machine; nothing where the system does not tell it, and then no lock counts as left behind.
fn host() -> String {
    let by_file = ["/proc/sys/kernel/hostname", "/etc/hostname"].iter().find_map(|it| fs::read_to_string(it).ok());
    let by_variable = || std::env::var("HOSTNAME").or_else(|_| std::env::var("COMPUTERNAME")).ok();
    let name = by_file.or_else(by_variable).unwrap_or_default();
    name.trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_at_a_time() {
        let folder = std::env::temp_dir().join(format!("bucketlint-lock-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let path = folder.join(NAME);
        let lock = Lock::take(&folder).unwrap();
        assert!(path.exists());
        drop(lock);
        assert!(!path.exists(), "it goes with its owner");
        // A process that lives (that of init), one that is gone, one of another machine, and no lock at all.
        let of = |pid: u64, host: &str| json!({ "pid": pid, "host": host, "since": "x" }).to_string();
        let own = host();
        if !own.is_empty() && cfg!(unix) {
            fs::write(&path, of(1, &own)).unwrap();
            assert!(Lock::take(&folder).unwrap_err().contains("process 1"), "someone works");
            fs::write(&path, of(u64::from(u32::MAX), &own)).unwrap();
            drop(Lock::take(&folder).unwrap());
        }
        fs::write(&path, of(1, "another machine")).unwrap();
        assert!(Lock::take(&folder).unwrap_err().contains("another machine"));
        fs::write(&path, "").unwrap();
        assert!(Lock::take(&folder).is_err());
        let left: Vec<_> = fs::read_dir(&folder).unwrap().flatten().map(|it| it.file_name()).collect();
        assert_eq!(left, [NAME], "no other file stays");
        fs::remove_dir_all(&folder).unwrap();
    }
}
