# Sourced by demo.sh and test-all.sh: brings a machine from nothing to a build with guests in the catalogue.
# shellcheck shell=bash

# A bare machine has a locale in which Java can neither name all files nor print all letters.
export LC_ALL=C.UTF-8

guests=${XDG_CACHE_HOME:-$HOME/.cache}/sanboot/guests

sanboot() { java -jar core/target/sanboot.jar "$@"; }

prepare_packages() { examples/guests/install-packages.sh "$@"; }

# prepare_build GOAL: install for a user who wants the artifacts, package for who does not.
prepare_build() {
  echo "Building Sanboot; the first time, Maven fetches what it needs, and says nothing for a minute or more"
  mvn -B -ntp -q -Dfast -DskipTests "$1"
}

# Builds a guest and puts it into the catalogue; both are done once, until the script or its inputs change.
prepare_guest() {
  local name=$1
  # Its last line says how to put the guest into the catalogue by hand.
  examples/guests/"build-$name.sh" "$guests/$name" | sed -u '/^sanboot image import /d'
  sanboot image import "$guests/$name/disk.raw" --name "$name" --unless-same \
    --family linux --firmware bios,uefi --nic virtio-net-pci --user root --identity "$guests/$name/id_ed25519"
}
