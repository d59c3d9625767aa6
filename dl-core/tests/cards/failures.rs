//! What is said, and what goes on, where a card or one of NVIDIA's libraries is missing, old, full or broken: on the GPU in
//! software (`tests/software_gpu/`), whose settings make such machines. Each case is a process of its own.

use crate::machine::{Machine, apart, on_a_machine};
use dl_core::prelude::*;
use insta::assert_snapshot;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

fn refusal<T: std::fmt::Debug>(result: Result<T, Error>) -> String {
    result.expect_err("it is refused").to_string()
}

/// What a panic says.
fn message(f: impl FnOnce() -> Tensor) -> String {
    std::panic::set_hook(Box::new(|_| {}));
    let message = catch_unwind(AssertUnwindSafe(f)).expect_err("it is refused");
    *message.downcast::<String>().expect("in words")
}

fn open() -> Device {
    Device::cuda(0).expect("there is a card")
}

#[test]
fn no_card() {
    let said = on_a_machine!(no_card, [("SOFTWARE_GPU_DEVICES", "0")], || {
        assert_eq!(Device::best(), Device::cpu());
        refusal(Device::cuda(0))
    });
    assert_snapshot!(said, @"
    device cuda:0: the driver is there, but no card that it could use
    hint: see whether nvidia-smi lists a card; or use Device::cpu()
    ");
}

#[test]
fn no_visible_card() {
    let said = on_a_machine!(no_visible_card, [("CUDA_VISIBLE_DEVICES", "")], || refusal(
        Device::cuda(0)
    ));
    assert_snapshot!(said, @r#"
    device cuda:0: the driver shows no card; CUDA_VISIBLE_DEVICES is ""
    hint: see whether nvidia-smi lists a card; or use Device::cpu()
    "#);
}

#[test]
fn a_number_too_large() {
    let said = on_a_machine!(a_number_too_large, [("SOFTWARE_GPU_DEVICES", "2")], || {
        let first = refusal(Device::cuda(2));
        format!("{first}\n{}", refusal(Device::cuda(999)))
    });
    assert_snapshot!(said, @"
    device cuda:2: there are 2 cards, cuda:0 to cuda:1
    hint: Device::best() chooses the emptiest
    device cuda:999: there are 2 cards, cuda:0 to cuda:1
    hint: Device::best() chooses the emptiest
    ");
}

#[test]
fn an_old_driver() {
    let said = on_a_machine!(an_old_driver, [("SOFTWARE_GPU_DRIVER", "11040")], || refusal(
        Device::cuda(0)
    ));
    assert_snapshot!(said, @"
    device cuda:0: its driver understands CUDA 11.4, but 12.0 is needed
    hint: install a newer driver from NVIDIA; or use Device::cpu()
    ");
}

#[test]
fn missing_libraries() {
    const MISSING: &str = concat!(module_path!(), "::missing_libraries");
    if apart(|| match Device::cuda(0) {
        Ok(device) => format!("{device} and best {}", Device::best()),
        Err(error) => error.to_string(),
    }) {
        return;
    }
    if ["/usr/local/cuda", "/opt/cuda"]
        .iter()
        .any(|place| Path::new(place).exists())
    {
        println!("skipped: missing libraries, as NVIDIA's toolkit is there");
        return;
    }
    let Some(machine) = Machine::new(&[]) else { return };
    assert_snapshot!(machine.without("libnvrtc").answer(MISSING), @"
    device cuda:0: libnvrtc.so.13 (NVIDIA's compiler for kernels) was not found
    hint: pip install nvidia-cuda-nvrtc brings it, and so does NVIDIA's CUDA toolkit; if it lies elsewhere, set HEBB_CUDA_LIBRARIES to the folder; or use Device::cpu()
    ");
    let machine = Machine::new(&[]).expect("as before");
    assert_snapshot!(machine.without("libcublas").answer(MISSING), @"
    device cuda:0: libcublas.so.13 (NVIDIA's matrix products) was not found
    hint: pip install nvidia-cublas brings it, and so does NVIDIA's CUDA toolkit; if it lies elsewhere, set HEBB_CUDA_LIBRARIES to the folder; or use Device::cpu()
    ");
    let older = Machine::new(&[("SOFTWARE_GPU_DRIVER", "12040")]).expect("as before");
    assert_snapshot!(older.without("libcublas").answer(MISSING), @"
    device cuda:0: libcublas.so.12 (NVIDIA's matrix products) was not found
    hint: pip install nvidia-cublas-cu12 brings it, and so does NVIDIA's CUDA toolkit; if it lies elsewhere, set HEBB_CUDA_LIBRARIES to the folder; or use Device::cpu()
    ");
    // Without the management library it is only not known which card is the emptiest.
    let machine = Machine::new(&[("SOFTWARE_GPU_DEVICES", "2")]).expect("as before");
    assert_snapshot!(machine.without("libnvidia-ml").answer(MISSING), @"cuda:0 and best cuda:0");
}

#[test]
fn memory_runs_out_and_the_session_goes_on() {
    let said = on_a_machine!(
        memory_runs_out_and_the_session_goes_on,
        [("SOFTWARE_GPU_MEMORY", "64M")],
        || {
            let card = open();
            let kept = Tensor::ones([1_000_000]).to(card);
            let said = message(|| Tensor::zeros([20_000_000]).to(card));
            assert_eq!((&kept + &kept).sum().item(), 2_000_000.0);
            // What is given back is there again, in other sizes too.
            for size in [2_000_000, 3_000_000, 5_000_000, 10_000_000] {
                assert_eq!(Tensor::ones([size]).to(card).max().item(), 1.0);
            }
            said
        }
    );
    assert_snapshot!(said, @"
    device cuda:0: out of memory: 76.3 MiB were asked for, 8.0 MiB are in use here, and 56.0 MiB are free of the card's 64.0 MiB
    hint: take a smaller batch_size, or let go of tensors and models that are not needed any more: drop(x)
    ");
}

#[test]
fn a_limit_of_memory() {
    let limit = [("HEBB_GPU_MEMORY", "16MiB")];
    let said = on_a_machine!(a_limit_of_memory, limit, || {
        let card = open();
        let kept = Tensor::ones([1_000_000]).to(card);
        let said = message(|| &kept + &Tensor::zeros([4, 1_000_000]).to(card));
        format!(
            "{said}\n{}",
            device_info().to_string().lines().nth(1).expect("the card")
        )
    });
    assert_snapshot!(said, @"
    device cuda:0: out of memory: 15.3 MiB were asked for, 8.0 MiB are in use here, and 8.0 MiB are free that HEBB_GPU_MEMORY grants of 16.0 MiB
    hint: take a smaller batch_size, or let go of tensors and models that are not needed any more: drop(x)
    cuda:0  Software GPU  8.0 MiB of 4.0 GiB in use  0 % busy, 8.0 MiB of 16.0 MiB granted in use here
    ");
}

#[test]
fn a_limit_that_is_none() {
    let said = on_a_machine!(a_limit_that_is_none, [("HEBB_GPU_MEMORY", "lots")], || refusal(
        Device::cuda(0)
    ));
    assert_snapshot!(said, @r#"
    device cuda:0: HEBB_GPU_MEMORY is "lots", which is no size
    hint: write it as 4GiB or 500MiB
    "#);
}

#[test]
fn the_best_is_the_emptiest() {
    let settings = [
        ("SOFTWARE_GPU_DEVICES", "3"),
        ("SOFTWARE_GPU_TAKEN", "1G,100M,2G"),
        ("SOFTWARE_GPU_BUSY", "37"),
    ];
    let said = on_a_machine!(the_best_is_the_emptiest, settings, || {
        let best = Device::best();
        assert_eq!(best, Device::best());
        let cards: Vec<String> = device_info()
            .to_string()
            .lines()
            .skip(1)
            .map(str::to_string)
            .collect();
        format!("{best}\n{}", cards.join("\n"))
    });
    assert_snapshot!(said, @"
    cuda:1
    cuda:0  Software GPU  1.0 GiB of 4.0 GiB in use    37 % busy
    cuda:1  Software GPU  104.0 MiB of 4.0 GiB in use  37 % busy, 4.0 MiB in use here
    cuda:2  Software GPU  2.0 GiB of 4.0 GiB in use    37 % busy
    ");
}

#[test]
fn two_cards() {
    let said = on_a_machine!(two_cards, [("SOFTWARE_GPU_DEVICES", "2")], || {
        let (one, two) = (open(), Device::cuda(1).expect("there are two"));
        let (a, b) = (tensor![1., 2.].to(one), tensor![3., 4.].to(two));
        assert_eq!(a.to(two) + &b, tensor![4., 6.].to(two));
        assert_eq!((a.to(two).device(), a.device()), (two, one));
        // Threads have cards of their own, too.
        let there = std::thread::spawn(move || (&b * &b).sum().item());
        assert_eq!((a.sum().item(), there.join().expect("no panic")), (3.0, 25.0));
        let b = tensor![3., 4.].to(two);
        let messages = [
            message(|| &a + &b),
            message(|| Tensor::concat(&[&a, &b], 0)),
            message(|| a.reshape([1, 2]).matmul(&b.reshape([2, 1]))),
            message(|| &b - tensor![1., 2.]),
        ];
        messages.join("\n")
    });
    assert_snapshot!(said, @"
    device cuda:0: + of tensors on cuda:0 and on cuda:1
    hint: bring them to one device first: x.to(Device::cuda(0)?)
    device cuda:0: concat of tensors on cuda:0 and on cuda:1
    hint: bring them to one device first: x.to(Device::cuda(0)?)
    device cuda:0: matmul of tensors on cuda:0 and on cuda:1
    hint: bring them to one device first: x.to(Device::cuda(0)?)
    device cuda:1: - of tensors on cuda:1 and on cpu
    hint: bring them to one device first: x.to(Device::cuda(1)?)
    ");
}

#[test]
fn a_kernel_fails() {
    let said = on_a_machine!(
        a_kernel_fails,
        [("SOFTWARE_GPU_BREAK", "softmax"), ("HEBB_CUDA_CHECK", "1")],
        || {
            let x = Tensor::zeros([3, 4]).to(open());
            let first = message(|| x.softmax());
            // The card is lost, and says so; the CPU is not.
            let later = message(|| &x + 1.0);
            assert_eq!(Tensor::ones([3]).sum().item(), 3.0);
            format!("{first}\n{later}")
        }
    );
    assert_snapshot!(said, @"
    device cuda:0: kernel softmax on [3, 4], [3, 4]: an illegal memory access was encountered
    hint: the card is lost to this session: restart the kernel
    device cuda:0: asking for memory: an illegal memory access was encountered
    hint: the card is lost to this session: restart the kernel
    ");
}

/// Without waiting for each operation, what comes later tells; a training ends with it.
#[test]
fn a_kernel_fails_unnoticed() {
    let said = on_a_machine!(
        a_kernel_fails_unnoticed,
        [("SOFTWARE_GPU_BREAK", "optimizer_step")],
        || {
            let card = open();
            let data = Dataset::new(Tensor::ones([20, 3]), Tensor::ones([20, 1]));
            let mut model = Sequential::new([3]).add(Dense::new(1)).to(card);
            model.compile(SGD::new(0.1), MeanSquaredError::new(), []);
            message(|| {
                let history = model.fit(&data, Fit::epochs(3).batch_size(5).silent());
                Tensor::from(history.expect("it learns").get("loss")[0])
            })
        }
    );
    assert_snapshot!(said, @"
    device cuda:0: kernel gather on [20, 3], [20], [5, 3]: an illegal memory access was encountered
    hint: the card is lost to this session: restart the kernel; with HEBB_CUDA_CHECK=1 in the environment the message names the operation
    ");
}

#[test]
fn what_is_kept_on_disk_may_be_damaged() {
    let total = || {
        let x = Tensor::ones([100]).to(open());
        (&x + &x).sum().item().to_string()
    };
    if apart(total) {
        return;
    }
    let Some(machine) = Machine::new(&[]) else { return };
    let machine = machine.fresh();
    let test = concat!(module_path!(), "::what_is_kept_on_disk_may_be_damaged");
    assert_eq!(machine.answer(test), "200");
    let folder = machine.cache.join("cuda");
    let files = || -> Vec<PathBuf> {
        let entries = std::fs::read_dir(&folder).expect("kernels are kept");
        entries.map(|entry| entry.expect("an entry").path()).collect()
    };
    let kept = files().len();
    assert!(kept >= 11, "{kept}");
    type Damage = fn(&Path, Vec<u8>);
    let damages: [Damage; 4] = [
        |file, bytes| std::fs::write(file, &bytes[..bytes.len() / 2]).expect("written"),
        |file, _| std::fs::write(file, []).expect("written"),
        |file, mut bytes| {
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            std::fs::write(file, bytes).expect("written");
        },
        |file, bytes| {
            // A folder in its place can be neither read nor replaced.
            std::fs::remove_file(file).expect("removed");
            std::fs::create_dir(file).expect("made");
            drop(bytes);
        },
    ];
    for damage in damages {
        for file in files() {
            if let Ok(bytes) = std::fs::read(&file) {
                damage(&file, bytes);
            }
        }
        assert_eq!(machine.answer(test), "200");
    }
}
