package org.sanboot.iscsi.login;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.sanboot.iscsi.ChapCredentials;

/** What the login must know of the targets behind it. */
public interface LoginDirectory {

    /**
     * Decides whether an initiator may log in to a target.
     *
     * @param targetName as the initiator wrote it, in lower case
     * @param initiatorName likewise
     * @return what is asked of the initiator, or why it may not
     */
    Admission admit(String targetName, String initiatorName);

    /**
     * Says which credentials open a discovery session, for an initiator that insists on CHAP there.
     *
     * @param initiatorName as the initiator wrote it, in lower case
     * @return those of the targets that the initiator may see
     */
    List<ChapCredentials> discoveryCredentials(String initiatorName);

    /** The answer of {@link #admit}. */
    sealed interface Admission {

        /**
         * The initiator may log in, once it has shown that it knows one of the secrets.
         *
         * @param incoming who the initiator may be; empty when nothing need be shown
         * @param outgoing how the target proves itself when asked to
         */
        record Admitted(
                List<ChapCredentials> incoming, @Nullable ChapCredentials outgoing) implements Admission {}

        /**
         * The initiator may not log in.
         *
         * @param status what it is told
         */
        record Refused(LoginStatus status) implements Admission {}
    }
}
