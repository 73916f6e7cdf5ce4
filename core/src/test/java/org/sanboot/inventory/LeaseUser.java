package org.sanboot.inventory;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/**
 * A process that leases one of three hosts again and again, and proves each time that nobody else has it: with a file that
 * only a taker-over may find. Prints a line for each lease, and ends with status 3 when a host was handed out twice.
 */
final class LeaseUser {

    static final List<String> HOSTS = List.of("a", "b", "c");

    private LeaseUser() {}

    public static void main(String[] arguments) throws IOException {
        Path directory = Path.of(arguments[0]);
        Random random = new Random(Long.parseLong(arguments[1]));
        int rounds = Integer.parseInt(arguments[2]);
        try (LeaseStore store = LeaseStore.in(directory.resolve("leases"))) {
            for (int round = 0; round < rounds; round++) {
                List<List<String>> wishes = random.nextInt(4) == 0 ? List.of(HOSTS, HOSTS) : List.of(HOSTS);
                for (Lease lease : store.acquire(new LeaseRequest(wishes, "stress", Duration.ofMinutes(2)))) {
                    use(lease, directory, random);
                }
            }
        }
    }

    private static void use(Lease lease, Path directory, Random random) throws IOException {
        Path proof = directory.resolve("used-" + lease.host());
        if (lease.takenOverFrom().isPresent()) {
            Files.deleteIfExists(proof);
        }
        try {
            Files.createFile(proof);
        } catch (FileAlreadyExistsException e) {
            System.out.println("doubled " + lease.host());
            System.exit(3);
        }
        System.out.println("leased " + lease.host());
        LockSupport.parkNanos(Duration.ofMillis(random.nextInt(10)).toNanos());
        Files.delete(proof);
        lease.close();
    }
}
