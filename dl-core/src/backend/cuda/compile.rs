//! From the kernels' source to code that a card runs: NVIDIA's compiler library, and a cache on disk, so that a card is
//! opened in a moment from the second time on.

use super::failure::check;
use super::libraries::{self, NVRTC};
use crate::error::{Error, Result};
use cudarc::driver::sys::{self, CUfunction};
use cudarc::nvrtc::sys as nvrtc;
use std::collections::HashMap;
use std::ffi::{CString, c_char};
use std::fs::{DirBuilder, Permissions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// What stands in front of each family.
const BASICS: &str = include_str!("kernels/basics.cuh");

const FAMILIES: [(&str, &str); 12] = [
    ("chance", include_str!("kernels/chance.cu")),
    ("elementwise", include_str!("kernels/elementwise.cu")),
    ("lookup", include_str!("kernels/lookup.cu")),
    ("normalise", include_str!("kernels/normalise.cu")),
    ("record", include_str!("kernels/record.cu")),
    ("recurrent", include_str!("kernels/recurrent.cu")),
    ("reduce", include_str!("kernels/reduce.cu")),
    ("shape", include_str!("kernels/shape.cu")),
    ("softmax", include_str!("kernels/softmax.cu")),
    ("step", include_str!("kernels/step.cu")),
    ("warp", include_str!("kernels/warp.cu")),
    ("window", include_str!("kernels/window.cu")),
];

/// How a kernel's name is found in the source.
const KERNEL: &str = "extern \"C\" __global__ void ";

/// Every kernel by its name, for the card whose context is entered. The families are compiled side by side.
pub(super) fn load(device: &str, driver: i32, capability: (i32, i32)) -> Result<HashMap<String, CUfunction>> {
    let cache = cache_directory();
    let work = |(family, source): (&'static str, &'static str)| {
        let source = format!("{BASICS}\n{source}");
        let name = format!(
            "{family}-{}{}-{driver}-{:016x}.cubin",
            capability.0,
            capability.1,
            hash(source.as_bytes())
        );
        let file = cache.as_ref().map(|cache| cache.join(name));
        let image = match file.as_deref().and_then(read) {
            Some(image) => image,
            None => {
                libraries::companion(NVRTC, device, driver)?;
                let image = compile(device, family, &source, capability)?;
                // Without a cache everything works, but slower.
                if let Some(file) = file {
                    let _ = write(&file, &image);
                }
                image
            }
        };
        Ok((family, source, image))
    };
    let images: Vec<Result<_>> = std::thread::scope(|scope| {
        let threads = FAMILIES.map(|family| scope.spawn(move || work(family)));
        threads
            .into_iter()
            .map(|thread| thread.join().expect("compiling does not panic"))
            .collect()
    });
    let mut kernels = HashMap::new();
    for image in images {
        let (family, source, image) = image?;
        let mut module = std::ptr::null_mut();
        // SAFETY: the image ends with 0 if it is a text; the driver copies it and tells if it is no code for this card.
        let told = unsafe { sys::cuModuleLoadData(&raw mut module, image.as_ptr().cast()) };
        check(told, device, &format!("loading the {family} kernels"))?;
        for name in names(&source) {
            let (mut function, c_name) = (
                std::ptr::null_mut(),
                CString::new(name).expect("a name without 0"),
            );
            // SAFETY: the module was just loaded, and stays; the name ends with 0.
            let told = unsafe { sys::cuModuleGetFunction(&raw mut function, module, c_name.as_ptr()) };
            check(told, device, &format!("looking for the kernel {name}"))?;
            kernels.insert(name.to_string(), function);
        }
    }
    Ok(kernels)
}

/// The kernels that a source defines.
fn names(source: &str) -> impl Iterator<Item = &str> {
    source
        .split(KERNEL)
        .skip(1)
        .filter_map(|rest| rest.split('(').next())
}

/// Code for the card, or, if the library does not know the card yet, what the driver makes code of.
fn compile(device: &str, family: &str, source: &str, (major, minor): (i32, i32)) -> Result<Vec<u8>> {
    let wanted = major * 10 + minor;
    let known = architectures();
    let exact = known.is_empty() || known.contains(&wanted);
    let target = match exact {
        true => format!("sm_{wanted}"),
        false => {
            match known.iter().filter(|&&known| known < wanted).max() {
                Some(older) => format!("compute_{older}"),
                None => {
                    return Err(Error::Device {
                    device: device.to_string(),
                    why: format!(
                        "the card has compute capability {major}.{minor}, but NVIDIA's compiler library starts at {}",
                        known.iter().min().map_or(String::new(), |least| format!("{}.{}", least / 10, least % 10))
                    ),
                    hint: "an older library still knows the card: pip install nvidia-cuda-nvrtc-cu12; or use \
                           Device::cpu()"
                        .to_string(),
                });
                }
            }
        }
    };
    let options = [format!("--gpu-architecture={target}"), "--std=c++17".to_string()]
        .map(|option| CString::new(option).expect("an option without 0"));
    let option_texts = options.each_ref().map(|option| option.as_ptr());
    let name = CString::new(format!("{family}.cu")).expect("a name without 0");
    let source = CString::new(source).expect("a source without 0");
    let mut program = std::ptr::null_mut();
    // SAFETY: 1. the library is there; 2. all texts end with 0 and live until the calls return; 3. each size that the
    // library tells is the size of the memory that it is then given; 4. the program is destroyed once, at the end.
    unsafe {
        let no_headers = std::ptr::null();
        let made = nvrtc::nvrtcCreateProgram(
            &raw mut program,
            source.as_ptr(),
            name.as_ptr(),
            0,
            no_headers,
            no_headers,
        );
        if made != nvrtc::nvrtcResult::NVRTC_SUCCESS {
            return Err(refusal(device, family, format!("{made:?}")));
        }
        let compiled = nvrtc::nvrtcCompileProgram(program, 2, option_texts.as_ptr());
        let result = if compiled == nvrtc::nvrtcResult::NVRTC_SUCCESS {
            match exact {
                true => fetched(program, nvrtc::nvrtcGetCUBINSize, nvrtc::nvrtcGetCUBIN),
                false => fetched(program, nvrtc::nvrtcGetPTXSize, nvrtc::nvrtcGetPTX),
            }
            .ok_or_else(|| refusal(device, family, "it gives no code".to_string()))
        } else {
            let log = fetched(program, nvrtc::nvrtcGetProgramLogSize, nvrtc::nvrtcGetProgramLog);
            let log = String::from_utf8_lossy(&log.unwrap_or_default())
                .trim_end_matches(['\0', '\n'])
                .to_string();
            Err(refusal(device, family, format!("{compiled:?}: {log}")))
        };
        let _ = nvrtc::nvrtcDestroyProgram(&raw mut program);
        result
    }
}

fn refusal(device: &str, family: &str, what: String) -> Error {
    Error::Device {
        device: device.to_string(),
        why: format!("NVIDIA's compiler library refuses the {family} kernels: {what}"),
        hint: "install another release of it: pip install nvidia-cuda-nvrtc-cu12; or use Device::cpu()"
            .to_string(),
    }
}

type Program = nvrtc::nvrtcProgram;

/// What the library tells in two calls: how large it is, and then the thing itself. A 0 is added.
///
/// # Safety
/// The program is alive, and the calls belong together.
unsafe fn fetched(
    program: Program,
    // SAFETY: the calls of the library, on a program that is alive.
    size: unsafe fn(Program, *mut usize) -> nvrtc::nvrtcResult,
    // SAFETY: as above.
    get: unsafe fn(Program, *mut c_char) -> nvrtc::nvrtcResult,
) -> Option<Vec<u8>> {
    let mut length = 0;
    // SAFETY: the caller promises the program; the memory has the size that the library told.
    unsafe {
        if size(program, &raw mut length) != nvrtc::nvrtcResult::NVRTC_SUCCESS {
            return None;
        }
        let mut bytes = vec![0_u8; length + 1];
        (get(program, bytes.as_mut_ptr().cast()) == nvrtc::nvrtcResult::NVRTC_SUCCESS).then_some(bytes)
    }
}

/// The cards that the library makes code for, as 80 for 8.0; none if it does not tell.
fn architectures() -> Vec<i32> {
    let mut count = 0;
    // SAFETY: the library is there, and writes as many numbers as it told before.
    unsafe {
        if nvrtc::nvrtcGetNumSupportedArchs(&raw mut count) != nvrtc::nvrtcResult::NVRTC_SUCCESS {
            return Vec::new();
        }
        let mut known = vec![0; usize::try_from(count).unwrap_or(0)];
        match nvrtc::nvrtcGetSupportedArchs(known.as_mut_ptr()) {
            nvrtc::nvrtcResult::NVRTC_SUCCESS => known,
            _ => Vec::new(),
        }
    }
}

/// Where compiled kernels are kept.
fn cache_directory() -> Option<PathBuf> {
    let path = |name: &str| {
        std::env::var_os(name)
            .filter(|value| !value.is_empty())
            .map(PathBuf::from)
    };
    let cache = path("HEBB_CACHE")
        .or_else(|| path("XDG_CACHE_HOME").map(|cache| cache.join("hebb")))
        .or_else(|| path("HOME").map(|home| home.join(".cache/hebb")));
    cache.map(|cache| cache.join("cuda"))
}

/// A file of the cache: 8 bytes that are the hash of the rest, so that what was damaged is compiled again.
fn read(file: &Path) -> Option<Vec<u8>> {
    // The card runs what stands there.
    if !is_own(file) {
        return None;
    }
    let bytes = std::fs::read(file).ok()?;
    let (stamp, image) = bytes.split_first_chunk::<8>()?;
    (hash(image).to_le_bytes() == *stamp).then(|| image.to_vec())
}

/// Under another name first: whoever reads meanwhile sees the old file or the new one, never a half.
fn write(file: &Path, image: &[u8]) -> std::io::Result<()> {
    let directory = file.parent().expect("the file is in the cache");
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    std::fs::set_permissions(directory, Permissions::from_mode(0o700))?;
    let mut fresh = tempfile::NamedTempFile::new_in(directory)?;
    fresh.write_all(&hash(image).to_le_bytes())?;
    fresh.write_all(image)?;
    fresh.persist(file)?;
    Ok(())
}

/// Whether the user alone can have written a file: to it and to its directory nobody else may write.
fn is_own(file: &Path) -> bool {
    let user = std::fs::metadata("/proc/self").map(|own| own.uid());
    let ours = |path: &Path| {
        let about = std::fs::metadata(path);
        about.is_ok_and(|about| {
            about.mode() & 0o022 == 0 && user.as_ref().is_ok_and(|user| *user == about.uid())
        })
    };
    ours(file) && file.parent().is_some_and(ours)
}

/// FNV-1a: the same on every machine and with every release.
fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_file_is_as_good_as_none() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("deep/sum.cubin");
        assert_eq!(read(&file), None);
        write(&file, b"code").unwrap();
        assert_eq!(read(&file).as_deref(), Some(&b"code"[..]));
        write(&file, b"other code").unwrap();
        assert_eq!(read(&file).as_deref(), Some(&b"other code"[..]));
        for damaged in [&b"short"[..], &[0; 20], b""] {
            std::fs::write(&file, damaged).unwrap();
            assert_eq!(read(&file), None);
        }
    }

    #[test]
    fn kernels_are_found_by_their_names_and_each_once() {
        let all: Vec<&str> = FAMILIES.iter().flat_map(|(_, source)| names(source)).collect();
        let distinct: std::collections::BTreeSet<&str> = all.iter().copied().collect();
        assert_eq!(distinct.len(), all.len());
        for name in ["binary", "optimizer_step", "lstm_step_gradient", "unfold"] {
            assert!(distinct.contains(name), "{name}");
        }
    }
}
